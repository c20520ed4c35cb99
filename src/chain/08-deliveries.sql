-- Deliveries: what each write of a mount status says a pod now has, object by object.
--
-- Driver 1.6 writes the status at every republish though nothing changed (secrets-store-csi-driver
-- issue 2058), so writes that repeat the objects of the one before are dropped first: an equal
-- reported version means equal content. Where a version is not reported, every write is kept. Two
-- volumes of a pod that name one class share one status, and write it in turn: each is compared with
-- itself.
create or replace temp table status_step as
with written as (
  select status_write.write_id as step_id, status_write.cluster, status_write.namespace, status_pod.pod_id,
    status_pod.class, status_write.at, status_write.event_id, status_write.evidence, status_write.has_body,
    status_write.target_path, status_write.objects, status_pod.grade, status_pod.rule,
    lag(status_write.objects) over volume as objects_before
  from status_write
  join status_pod using (write_id)
  window volume as (
    partition by status_write.cluster, status_pod.pod_id, status_pod.class, status_write.target_path
    order by status_write.at, status_write.write_id
  )
)
select * exclude (objects_before),
  'status ' || step_id || ' ' || pod_id || ' ' || class as step_key
from written
where not has_body
  or objects_before is null
  or objects is distinct from objects_before
  or len(list_filter(objects, lambda entry: entry.version is null)) > 0;

-- The reported version hashes the configuration too, so an equal one is the object that it was at
-- first, whatever the class says by now: the driver may write what it fetched before an edit.
--
-- Of a class that no log holds: Azure's ids are type and name, and the version they report is of one object
-- alone, so the vault's log tells which.
-- https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
create or replace temp table status_object as
with azure_version as (
  select distinct lower(version) as version, object,
    replace(regexp_extract(object, '/(secret|key|certificate)s/[^/]+$', 1), 'certificate', 'cert') || '/'
      || regexp_extract(object, '([^/]+)$', 1) as object_id
  from (
    select object, version from fact_provider_read
    union all
    select object, version from fact_provider_version
  )
  where starts_with(object, 'https://')
    and version is not null
), azure_object as (
  select version, object_id, min(object) as object
  from azure_version
  group by version, object_id
  having count(*) = 1
), entries as (
  select step_key, step_id, cluster, namespace, pod_id, class, "at", unnest(objects) as entry
  from status_step
  where has_body
), reported as (
  select *,
    case
      when nullif(entry.version, '') is null then "at"
      else min("at") over (partition by cluster, pod_id, class, entry.id, entry.version)
    end as configured_at
  from entries
)
select reported.step_key, reported.cluster, reported.pod_id, reported.class, reported.at,
  entry.id as object_id, nullif(entry.version, '') as reported_version,
  coalesce(class_object.object, azure_object.object,
    case when conjur_class.name is not null then 'conjur:' || entry.id end) as object,
  class_object.field, class_object.auth_mount,
  class_object.role, class_object.pinned_version, class_object.valid_from as revision, reported.configured_at,
  class_object.reader,
  coalesce(class_object.tells_version, azure_object.object is not null) as tells_version,
  coalesce(class_object.slot, try_cast(split_part(reported.entry.id, '/', 3) as integer), 0) as slot
from reported
asof left join class_object
  on reported.cluster = class_object.cluster
  and reported.namespace = class_object.namespace
  and reported.class = class_object.class
  and reported.entry.id = class_object.object_id
  and reported.configured_at >= class_object.used_from
asof left join conjur_class
  on reported.cluster = conjur_class.cluster
  and reported.namespace = conjur_class.namespace
  and reported.class = conjur_class.name
  and reported.configured_at >= conjur_class.used_from
left join azure_object
  on lower(reported.entry.version) = azure_object.version
  and regexp_extract(lower(reported.entry.id), '^[^/]+/[^/]+') = azure_object.object_id;

-- A write without a body brings every object of the class as it was then.
insert into status_object
with bodiless as (
  select *
  from status_step
  where not has_body
), revised as (
  select bodiless.*, class_revision.valid_from as revision
  from bodiless
  asof join class_revision
    on bodiless.cluster = class_revision.cluster
    and bodiless.namespace = class_revision.namespace
    and bodiless.class = class_revision.name
    and bodiless.at >= class_revision.used_from
)
select revised.step_key, revised.cluster, revised.pod_id, revised.class, revised.at,
  class_object.object_id, null, class_object.object, class_object.field, class_object.auth_mount, class_object.role,
  class_object.pinned_version, revised.revision, revised.at, class_object.reader, class_object.tells_version,
  class_object.slot
from revised
join class_object
  on revised.cluster = class_object.cluster
  and revised.namespace = class_object.namespace
  and revised.class = class_object.class
  and revised.revision = class_object.valid_from
-- Where pods say themselves what they ask for, only the pod's own; of one that does not, its reads tell.
left join conjur_pod_object as own
  on revised.cluster = own.cluster
  and revised.pod_id = own.pod_id
  and revised.class = own.class
  and revised.revision = own.valid_from
  and class_object.object_id = own.object_id
where own.object_id is not null
  or (revised.cluster, revised.namespace, revised.class, revised.revision)
    not in (select (cluster, namespace, class, valid_from) from conjur_pod_object);

-- One step an object: several files of one class may hold fields of one object, read in one request.
-- `content` is equal exactly where the files are; null where that cannot be told: a file without
-- `secretKey` holds the whole answer with its request id (vault-csi-provider issue 474).
create or replace temp table delivery as
select status_step.step_key || ' ' || status_object.object
    || case when slot > 0 then ' ' || slot else '' end as delivery_id,
  status_step.step_key, status_step.cluster, status_step.namespace, status_step.pod_id, status_step.class,
  status_step.at, status_step.event_id, status_step.evidence, status_step.has_body, status_step.grade,
  status_step.rule, status_object.object,
  min(status_object.auth_mount) as auth_mount,
  min(status_object.role) as role,
  case when count(distinct coalesce(pinned_version, '')) = 1 then min(pinned_version) end as pinned_version,
  max(revision) as revision,
  bool_and(field is not null) as has_field,
  sorted_set(list(field) filter (where field is not null)) as fields,
  list(struct_pack(id := object_id, version := reported_version) order by object_id) as reported,
  case when bool_and(field is not null and reported_version is not null)
    then string_agg(object_id || '=' || reported_version, ' ' order by object_id)
  end as content,
  min(status_object.reader) as reader,
  slot,
  -- The version itself, where the provider reports that and no hash.
  case when bool_and(tells_version) and count(distinct lower(reported_version)) = 1
    then case
      when starts_with(min(status_object.object), 'https:') then lower(min(reported_version))
      when starts_with(min(status_object.object), 'projects/') then nullif(regexp_extract(min(reported_version), '/versions/([0-9]+)$', 1), '')
      -- The first providers of Akeyless stated none.
      when starts_with(min(status_object.object), 'akeyless:') then nullif(min(reported_version), '0')
      else min(reported_version)
    end
  end as stated_version
from status_step
join status_object using (step_key)
where status_object.object is not null
group by all;

-- Writes of which no class revision tells the object: what the provider read for them decides.
create or replace temp table unmapped_step as
select status_step.*
from status_step
where not exists (
  from delivery
  where delivery.step_key = status_step.step_key
);
