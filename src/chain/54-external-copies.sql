-- Copies that others make: operators that read the provider themselves, by their declarations, and whoever
-- writes the same value into another Secret.
-- https://external-secrets.io/latest/api/externalsecret/
-- https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso
-- https://secrets-store-sync-controller.sigs.k8s.io/

-- A declaration holds until its next change; the first one known also for the time before it.
create or replace temp table copy_declared as
with revisions as (
  select cluster, namespace, kind, name, action, target_secret, objects, secret_provider_class, evidence, coalesce(firm, true) as firm, "at" as valid_from,
    case
      when row_number() over (partition by cluster, namespace, kind, name order by "at", event_id) = 1
        then timestamptz '0001-01-01 00:00:00Z'
      else "at"
    end as from_at,
    coalesce(lead("at") over (partition by cluster, namespace, kind, name order by "at", event_id), never()) as to_at
  from fact_secret_copy
  where action = 'deleted'
     or coalesce(complete, true)
), wanted as (
  select * exclude (objects, secret_provider_class), unnest(objects) as declared
  from revisions
  where action <> 'deleted'
    and target_secret is not null
    and namespace is not null
  union all by name
  -- A SecretSync takes the objects of a SecretProviderClass, without a pod.
  select revisions.* exclude (objects, secret_provider_class) replace (
      sorted_set(revisions.evidence || class_object.evidence) as evidence,
      greatest(from_at, used_from) as from_at,
      least(to_at, coalesce(class_object.valid_to, never())) as to_at
    ),
    class_object.object as declared
  from revisions
  join class_object
    on revisions.cluster = class_object.cluster
    and revisions.namespace = class_object.namespace
    and revisions.secret_provider_class = class_object.class
  where action <> 'deleted'
    and target_secret is not null
    and revisions.objects is null
    and from_at < coalesce(class_object.valid_to, never())
    and used_from < to_at
), keyed as (
  select *, regexp_replace(declared, '^vault:([^!/]*!)?', '') as object_key
  from wanted
), known as (
  select object_key, min(object) as object
  from known_object
  group by object_key
  having count(*) = 1
)
select keyed.cluster, keyed.namespace, keyed.kind, keyed.name, keyed.target_secret, keyed.from_at, keyed.to_at, keyed.valid_from,
  keyed.evidence, keyed.firm, coalesce(known.object, keyed.declared) as object
from keyed
left join known using (object_key);

create or replace temp table copy_write as
select change.cluster, change.namespace, change.name, change.at, change.event_id, change.evidence, copy_declared.object,
  bool_and(copy_declared.firm and copy_declared.valid_from <= change.at and change.firm) as sure,
  sorted_set(flatten(list(copy_declared.evidence))) as declared_evidence
from secret_change as change
join copy_declared
  on change.cluster = copy_declared.cluster
  and change.namespace = copy_declared.namespace
  and change.name = copy_declared.target_secret
where change.action in ('created', 'changed')
  and change.writer in ('external_secrets', 'vault_secrets_operator', 'secret_sync')
  and change.at >= copy_declared.from_at
  and change.at < copy_declared.to_at
group by change.cluster, change.namespace, change.name, change.at, change.event_id, change.evidence, copy_declared.object;

-- The operator's own read just before its write tells the version; else what was current then.
create or replace temp table copy_read as
with buckets as (
  select copy_write.event_id, copy_write.cluster, copy_write.object, copy_write.at, unnest(generate_series(
    epoch_us(copy_write.at - mount_window) // epoch_us(mount_window),
    epoch_us(copy_write.at + clock_skew) // epoch_us(mount_window)
  )) as bucket
  from copy_write
  cross join parameter
), reads as (
  select own_read.*, epoch_us("at") // epoch_us(mount_window) as bucket
  from own_read
  cross join parameter
  where coalesce(class, 'workload') <> 'human'
    and version is not null
)
select buckets.event_id, buckets.object,
  case when count(distinct reads.version) = 1 then min(reads.version) end as version,
  sorted_set(list(reads.version)) as versions,
  arg_max(reads.evidence, struct_pack("at" := reads.at, id := reads.read_id)) as evidence,
  arg_max(reads.fields, struct_pack("at" := reads.at, id := reads.read_id)) as fields
from buckets
join reads
  on buckets.object = reads.object
  and buckets.bucket = reads.bucket
cross join parameter
where reads.at between buckets.at - mount_window and buckets.at + clock_skew
  and (reads.cluster is null or reads.cluster = buckets.cluster)
group by buckets.event_id, buckets.object;

insert into secret_state
with dated as (
  select copy_write.*, copy_read.version as read_version, copy_read.versions as read_versions,
    copy_read.evidence as read_evidence, copy_read.fields as read_fields,
    copy_write.at + clock_skew as late_at, copy_write.at - clock_skew as early_at
  from copy_write
  cross join parameter
  left join copy_read using (event_id, object)
), late as (
  select dated.*, version_current.version as late_version, version_current.evidence as current_evidence
  from dated
  asof left join version_current
    on dated.object = version_current.object
    and dated.late_at >= version_current.at
), current as (
  select late.*, version_current.version as early_version
  from late
  asof left join version_current
    on late.object = version_current.object
    and late.early_at >= version_current.at
), values_shown as (
  select event_id, cluster, namespace, name, list(key || '=' || fingerprint order by key, fingerprint) as content
  from secret_value
  where event_id in (select event_id from copy_write)
  group by event_id, cluster, namespace, name
), told as (
  select current.*, array_to_string(values_shown.content, ' ') as content,
    coalesce(
      read_version,
      case when read_versions is null and coalesce(early_version = late_version, true) then late_version end
    ) as version
  from current
  left join values_shown using (event_id, cluster, namespace, name)
)
select cluster, namespace, name, object, "at", event_id, evidence, 'external_copy', version,
  case
    when version is not null then []
    else sorted_set(list_filter(coalesce(read_versions, [early_version, late_version]), lambda one: one is not null))
  end,
  case when version is null then 'candidate' else 'inferred' end,
  case when sure then 'matched' else 'inferred' end,
  coalesce(read_fields, []),
  null,
  content,
  case when read_version is not null
    then [struct_pack(kind := 'read', grade := 'inferred', evidence := read_evidence)]
    else [] end
  || case when read_version is null and version is not null and len(current_evidence) > 0
    then [struct_pack(kind := 'resolves_to', grade := 'inferred', evidence := current_evidence)]
    else [] end
  || [struct_pack(
    kind := 'copied_to',
    grade := case when sure then 'matched' else 'inferred' end,
    evidence := sorted_set(evidence || declared_evidence)
  )],
  'a declaration names object and Secret, and its operator wrote the Secret',
  []
from told;

-- Values whose version is known: from the provider's own log, and from Secrets that hold one object's field.
create or replace temp table known_value as
with written as (
  select secret_state.event_id, secret_state.cluster, secret_state.namespace, secret_state.name, secret_state.object,
    secret_state.version, secret_state.at, secret_state.evidence, unnest(keys) as entry
  from secret_state
  where version is not null
    and keys is not null
), shown as (
  select secret_value.fingerprint, written.object, written.version, written.entry.field as field, written.at, written.evidence
  from written
  join secret_value
    on written.event_id = secret_value.event_id
    and written.cluster = secret_value.cluster
    and written.namespace = secret_value.namespace
    and written.name = secret_value.name
    and written.entry.key = secret_value.key
  union all
  select fingerprint, object, version, field, null, []
  from provider_value
), grouped as (
  select fingerprint, object,
    min(field) as field,
    sorted_set(list(version)) as versions,
    arg_min(evidence, struct_pack("at" := coalesce("at", never()), evidence := evidence)) as evidence
  from shown
  group by fingerprint, object
)
-- A value of many objects is a word, no credential.
select *
from grouped
qualify count(*) over (partition by fingerprint) <= 5;

-- Any other Secret that shows an equal value holds it too, whoever wrote it; and a Secret that is
-- rewritten with what was in it goes on holding it.
insert into secret_state
with shown as (
  select change.cluster, change.namespace, change.name, change.at, change.event_id, change.evidence, change.firm, change.action,
    known_value.object, known_value.versions,
    list(struct_pack(key := secret_value.key, field := known_value.field) order by secret_value.key, known_value.field) as keys,
    sorted_set(list(secret_value.key || '=' || secret_value.fingerprint)) as content,
    sorted_set(flatten(list(known_value.evidence))) as value_evidence
  from secret_value
  join known_value using (fingerprint)
  join secret_change as change
    on secret_value.event_id = change.event_id
    and secret_value.cluster = change.cluster
    and secret_value.namespace = change.namespace
    and secret_value.name = change.name
  where change.action <> 'deleted'
    and not exists (
      from secret_state
      where secret_state.event_id = change.event_id
        and secret_state.cluster = change.cluster
        and secret_state.namespace = change.namespace
        and secret_state.name = change.name
        and secret_state.object = known_value.object
    )
  group by all
), widest as (
  select *
  from shown
  qualify row_number() over (
    partition by cluster, namespace, name, object, event_id
    order by len(content) desc, len(versions), versions
  ) = 1
)
select cluster, namespace, name, object, "at", event_id, evidence, null,
  case when len(versions) = 1 then versions[1] end,
  case when len(versions) = 1 then [] else versions end,
  case when len(versions) = 1 then case when firm then 'matched' else 'inferred' end else 'candidate' end,
  case when firm then 'matched' else 'inferred' end,
  sorted_set(list_filter(list_transform(keys, lambda entry: entry.field), lambda field: field is not null)),
  keys,
  array_to_string(content, ' '),
  [struct_pack(
    kind := 'copied_to',
    grade := case when firm then 'matched' else 'inferred' end,
    evidence := sorted_set(evidence || value_evidence)
  )],
  'the Secret shows a value equal to one of this version',
  []
from widest;
