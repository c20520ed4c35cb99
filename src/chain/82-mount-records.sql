-- mount: what is known of each mount as of its beginning, one row a pod, SecretProviderClass and interval in
-- which every object kept its version. The governance record and the verdicts of a review stand on it.
-- https://secrets-store-csi-driver.sigs.k8s.io/concepts

-- A mount begins anew where the driver reported other objects, or the provider's log another version.
create or replace temp table mount_point as
with bodies as (
  select cluster, pod_id, class, "at", objects,
    lag(objects) over (partition by cluster, pod_id, class order by "at", step_id) as objects_before
  from status_step
  where has_body
    and grade <> 'candidate'
), shown as (
  select cluster, pod_id, class, "at"
  from bodies
  where objects is distinct from objects_before
  union
  select cluster, pod_id, class, min("at")
  from status_step
  where grade <> 'candidate'
  group by cluster, pod_id, class
  union
  select cluster, pod_id, class, first_at
  from version_run
  where not is_candidate
), points as (
  select *, true as is_shown
  from shown
  union all
  -- The spec asks for it, and nothing shows that it came about.
  select cluster, pod_id, class, mounted_at, false
  from pod_mount
  where (cluster, pod_id, class) not in (select (cluster, pod_id, class) from shown)
)
select *, lead("at") over (partition by cluster, pod_id, class order by "at") as next_at
from points;

create or replace temp table mount_span as
select mount_point.cluster, pod.namespace, mount_point.pod_id, mount_point.class, mount_point.at, mount_point.is_shown,
  coalesce(least(next_at, pod.ended_at), next_at, pod.ended_at) as ended_at,
  left(sha256(concat_ws(chr(10), mount_point.cluster, mount_point.pod_id, mount_point.class, time_text(mount_point.at))), 16) as mount_id
from mount_point
join pod using (cluster, pod_id)
where pod.ended_at is null
   or mount_point.at <= pod.ended_at;

-- The status in force, and who wrote it.
create or replace temp table mount_status as
with written as (
  select event_id || ' ' || coalesce(name, '') as step_id,
    min(user_agent) as user_agent, min(actor) as actor, min(action) as action
  from fact_mount_status
  where action in ('created', 'changed', 'observed')
  group by event_id || ' ' || coalesce(name, '')
), steps as (
  select status_step.*, user_agent, actor, written.action
  from status_step
  join written using (step_id)
  where grade <> 'candidate'
  qualify row_number() over (partition by cluster, pod_id, class, "at" order by has_body desc, step_id) = 1
), paths as (
  select mount_span.mount_id, sorted_set(list(status_step.target_path) filter (where target_path is not null)) as target_paths
  from mount_span
  join status_step using (cluster, pod_id, class)
  where status_step.at < coalesce(mount_span.ended_at, never())
  group by mount_span.mount_id
)
select mount_span.mount_id, mount_span.cluster, mount_span.pod_id, mount_span.class, mount_span.at as mounted_at,
  steps.* exclude (cluster, namespace, pod_id, class, target_path), coalesce(paths.target_paths, []) as target_paths
from mount_span
asof join steps
  on mount_span.cluster = steps.cluster
  and mount_span.pod_id = steps.pod_id
  and mount_span.class = steps.class
  and mount_span.at >= steps.at
left join paths using (mount_id);

create or replace temp table mount_class as
select mount_span.mount_id, mount_span.cluster, mount_span.namespace, mount_span.class,
  class_revision.valid_from, class_revision.entity_id, class_revision.provider, class_revision.parameters, class_revision.evidence,
  class_revision.actor, class_revision.whole,
  case when class_revision.valid_from <= mount_span.at then class_revision.grade else 'inferred' end as grade
from mount_span
asof join class_revision
  on mount_span.cluster = class_revision.cluster
  and mount_span.namespace = class_revision.namespace
  and mount_span.class = class_revision.name
  and mount_span.at >= class_revision.used_from;

create or replace temp table mount_sync as
with secrets as (
  select mount_span.mount_id, class_sync.secret, class_sync.type, class_sync.evidence,
    coalesce(list_sort(list_transform(
      from_json(class_sync.data::json, '[{ "objectName": "varchar", "key": "varchar" }]'),
      lambda file: struct_pack(key := file.key, object := file."objectName")
    )), []) as keys
  from mount_span
  join class_sync
    on mount_span.cluster = class_sync.cluster
    and mount_span.namespace = class_sync.namespace
    and mount_span.class = class_sync.class
    and mount_span.at >= class_sync.from_at
    and mount_span.at < class_sync.to_at
)
select mount_id, list(struct_pack(secret := secret, type := type, keys := keys) order by secret, keys) as sync
from secrets
group by mount_id;

-- Each object: what the driver reported, what the class calls it, and the provider version that it was.
create or replace temp table mount_entry as
with reported as (
  select mount_status.mount_id, object_id as id, status_object.object, status_object.field, status_object.reported_version
  from mount_status
  join status_object using (step_key)
), configured as (
  select mount_class.mount_id, class_object.object_id, class_object.object, class_object.field, null
  from mount_class
  join class_object
    on mount_class.cluster = class_object.cluster
    and mount_class.namespace = class_object.namespace
    and mount_class.class = class_object.class
    and mount_class.valid_from = class_object.valid_from
  where mount_class.mount_id not in (select mount_id from reported)
)
select *
from reported
union all
select *
from configured;

create or replace temp table mount_objects as
with versioned as (
  select mount_entry.*, version_run.version, delivery_version.version_grade, delivery_version.version_rule,
    delivery_version.version_evidence
  from mount_entry
  join mount_span using (mount_id)
  left join version_run
    on mount_span.cluster = version_run.cluster
    and mount_span.pod_id = version_run.pod_id
    and mount_span.class = version_run.class
    and mount_entry.object = version_run.object
    and not version_run.is_candidate
    and version_run.first_at <= mount_span.at
    and coalesce(version_run.next_at, never()) > mount_span.at
  left join delivery_version
    on version_run.version_delivery_id = delivery_version.delivery_id
)
select mount_id,
  list(
    struct_pack(
      id := id, object := object, field := field, reported_version := reported_version, version := version,
      version_grade := case when version is not null then version_grade end,
      version_rule := case when version is not null then version_rule end,
      version_evidence := case when version is not null then version_evidence else [] end
    )
    order by id, object, version
  ) as objects
from versioned
group by mount_id;

-- What the provider's log says of who fetched it: the reads of this mount, and the login before them.
create or replace temp table mount_login as
with reads as (
  select mount_span.mount_id, delivery_read.*
  from mount_span
  join delivery_read using (cluster, pod_id, class)
  cross join parameter
  where delivery_read.at <= mount_span.at + clock_skew
  qualify row_number() over (partition by mount_span.mount_id order by delivery_read.at desc, read_id desc) = 1
)
select reads.mount_id, reads.at as read_at, reads.event_id, reads.evidence as read_evidence, reads.identity,
  coalesce(login.at, reads.at) as "at", coalesce(login.evidence, reads.evidence) as evidence, login is not null as login_seen,
  coalesce(login.role, reads.role) as role,
  coalesce(login.auth_mount, reads.auth_mount) as auth_mount,
  login.auth_method as auth_method,
  reads.address,
  case when reads.pod_stated then 'matched' else 'inferred' end as grade
from reads
left join session_login
  on reads.session = session_login.session_key;

create or replace temp table mount_container as
with specified as (
  select cluster, pod_id, unnest(containers) as container, rank
  from pod_statement
  where containers is not null
    and (cluster, pod_id) in (select (cluster, pod_id) from mount_point)
), stated as (
  select cluster, pod_id, container.name as name, arg_min(container, rank) as container
  from specified
  where container.name is not null
  group by cluster, pod_id, container.name
)
select cluster, pod_id, list(container order by name) as containers
from stated
group by cluster, pod_id;

create or replace temp table mount_volume as
select cluster, pod_id, class, sorted_set(list(volume)) as volumes
from (
  select cluster, pod_id, unnest(spec.volumes).secret_provider_class as class, unnest(spec.volumes).volume as volume
  from pod_volumes
)
where class is not null
group by cluster, pod_id, class;

-- Which record states what, in the order of the chain; and the requests behind the mount.
create or replace temp table mount_statement as
select mount_id, 1 as place, 'pod_owner' as field, 'ownerReferences' as rule, owner.at as "at", null::varchar as actor,
  owner.grade as grade, owner.evidence as evidence, null::varchar as event
from mount_span
join pod_owner using (cluster, pod_id)
union all
select mount_id, 2, 'node', node.rule, node.at, null, node.grade, node.evidence, case when starts_with(node.rule, 'pods/binding') then 'pod bound' end
from mount_span
join pod_node using (cluster, pod_id)
union all
select mount_id, 3, 'service_account', account.rule, account.at, null, account.grade, account.evidence, null
from mount_span
join pod_service_account using (cluster, pod_id)
union all
select mount_id, 4, 'containers', 'pod spec', spec.at, null, spec.grade, spec.evidence, null
from mount_span
join pod_volumes using (cluster, pod_id)
union all
select mount_id, 5, 'class', 'SecretProviderClass', valid_from, actor, grade, evidence,
  case when actor is not null then 'class written' end
from mount_class
union all
select mount_id, 6, 'objects', rule, "at", actor, grade, evidence, case when action <> 'observed' then 'mount status written' end
from mount_status
union all
select mount_id, 7, 'login', case when login_seen then 'provider login' else 'provider read' end, "at", identity, grade, evidence,
  case when login_seen then 'logged in' end
from mount_login
union all
select mount_id, 8, null, 'provider read', read_at, identity, grade, read_evidence, 'object read'
from mount_login
union all
select mount_id, 9, null, 'pod', creation.at, creation.actor, creation.grade, creation.evidence, 'pod created'
from mount_span
join pod_creation using (cluster, pod_id)
union all
select mount_id, 10, null, 'TokenRequest', min(pod_token.at), null, 'recorded',
  arg_min(pod_token.evidence, struct_pack("at" := pod_token.at, jti := jti)), 'token issued'
from mount_span
join pod_token using (cluster, pod_id)
group by mount_id
union all
select mount_id, 11, null, secret_run.rule, min(secret_run.first_at), null, min(secret_run.grade),
  arg_min(secret_run.evidence, struct_pack("at" := secret_run.first_at, run := run_id)), 'Secret ' || secret_run.name || ' written'
from mount_span
join secret_run
  on mount_span.cluster = secret_run.cluster
  and mount_span.namespace = secret_run.namespace
  and list_contains(secret_run.feeding, mount_span.class)
  and secret_run.path = 'synced_secret'
  and secret_run.first_at >= mount_span.at
  and secret_run.first_at < coalesce(mount_span.ended_at, never())
group by mount_id, secret_run.rule, secret_run.name;

create or replace temp table mount_statements as
select mount_id,
  list(
    struct_pack(field := field, rule := rule, "at" := "at", grade := grade, evidence := evidence)
    order by place
  ) filter (where field is not null) as statements,
  list(
    struct_pack(event := event, "at" := "at", actor := actor, evidence := evidence)
    order by "at", place, event
  ) filter (where event is not null) as events
from mount_statement
group by mount_id;

insert into mount
select mount_span.mount_id, mount_span.cluster, mount_span.namespace, mount_span.pod_id, pod.name, mount_span.class,
  mount_span.at, mount_span.ended_at,
  case when is_shown then coalesce(mount_status.grade, 'inferred') end,
  pod.node, pod.service_account,
  owner.kind || '/' || owner.name,
  pod_workload.kind || '/' || pod_workload.name,
  mount_volume.volumes, coalesce(mount_status.target_paths, []),
  flatten(list_transform(mount_container.containers, lambda container: list_transform(
    list_filter(container.mounts, lambda entry: list_contains(coalesce(mount_volume.volumes, []), entry.volume)),
    lambda entry: struct_pack(container := container.name, kind := container.kind, path := entry.path, sub_path := nullif(entry.sub_path, ''))
  ))),
  list_transform(mount_container.containers, lambda container: container.name),
  pod_sharing.pod_id is not null,
  node_pod.reach,
  mount_class.valid_from, mount_class.grade, mount_class.provider, mount_class.parameters::json,
  case when mount_class.whole then coalesce(mount_sync.sync, []) else mount_sync.sync end,
  case when mount_login.mount_id is not null then struct_pack(
    role := mount_login.role, auth_mount := mount_login.auth_mount, identity := mount_login.identity, address := mount_login.address
  ) end,
  mount_status.user_agent,
  coalesce(mount_objects.objects, []),
  coalesce(mount_statements.statements, []),
  coalesce(mount_statements.events, [])
from mount_span
join pod using (cluster, pod_id)
left join pod_owner using (cluster, pod_id)
left join pod_workload using (cluster, pod_id)
left join mount_volume using (cluster, pod_id, class)
left join mount_container using (cluster, pod_id)
left join pod_sharing using (cluster, pod_id)
left join node_pod using (cluster, pod_id)
left join mount_status using (mount_id)
left join mount_class using (mount_id)
left join mount_sync using (mount_id)
left join mount_login using (mount_id)
left join mount_objects using (mount_id)
left join mount_statements using (mount_id);
