-- The unbroken runs of one version in a Secret, and with them synced_to, copied_to and the exposures of
-- the Secret itself. A run ends where the Secret is rewritten with something else, by whomever, or
-- deleted; it does not end when no pod feeds it any more.
create or replace temp table secret_track as
with tracked as (
  select distinct cluster, namespace, name, object
  from secret_state
), declared as (
  -- The driver replaces the whole Secret by what one class puts there; only its rotation before 1.6
  -- patched single keys. https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
  select event_id, cluster, namespace, name, object
  from secret_state
  union
  select event_id, cluster, namespace, name, object
  from sync_feed
  where is_patch
     or event_id not in (select event_id from sync_triggered)
     or (event_id, class) in (select (event_id, class) from sync_triggered)
), others as (
  select tracked.*, change.at, change.event_id, change.action, change.doubtful
  from tracked
  join secret_change as change using (cluster, namespace, name)
  where change.action <> 'observed'
  union all
  -- All Secrets of the namespace, by one request that names none.
  select tracked.*, change.at, change.event_id, change.action, false
  from tracked
  join secret_change as change using (cluster, namespace)
  where change.action = 'deleted'
    and change.name is null
), emptied as (
  select others.*
  from others
  left join declared using (event_id, cluster, namespace, name, object)
  where declared.event_id is null
)
select cluster, namespace, name, object, "at", event_id, event_id as state_event,
  case when version is not null then version else '? ' || array_to_string(alternatives, ' ') end as known_key,
  path, content, false as deleted, false as doubtful
from secret_state
union all
select cluster, namespace, name, object, "at", event_id, null, case when not doubtful then 'gone' end,
  case when not doubtful then 'external_copy' end, null, action = 'deleted', doubtful
from emptied;

create or replace temp table secret_span as
with based as (
  select *,
    last_value(known_key ignore nulls) over track as base_key,
    last_value(state_event ignore nulls) over track as base_event,
    last_value(path ignore nulls) over track as base_path
  from secret_track
  window track as (
    partition by cluster, namespace, name, object
    order by "at", event_id
  )
), keyed as (
  select *,
    case when base_key <> 'gone' then case when doubtful then 'after a patch ' else '' end || base_key end as state_key
  from based
), carried as (
  select *,
    lag(state_key) over track as key_before,
    lag(content) over track as content_before,
    coalesce(path, case when lag(state_key) over track is not null then base_path end, 'external_copy') as settled_path
  from keyed
  window track as (
    partition by cluster, namespace, name, object
    order by "at", event_id
  )
), marked as (
  select *,
    state_key is null
      or key_before is null
      or (state_key <> key_before and (content is null or content_before is null or content <> content_before))
      or settled_path is distinct from lag(settled_path) over (
        partition by cluster, namespace, name, object
        order by "at", event_id
      ) as begins
  from carried
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, namespace, name, object
      order by "at", event_id
      rows unbounded preceding
    ) as span
  from marked
), spans as (
  select cluster, namespace, name, object, span,
    min("at") as first_at,
    arg_min(base_event, struct_pack("at" := "at", event := event_id)) as event_id,
    arg_min(event_id, struct_pack("at" := "at", event := event_id)) as patch_event,
    bool_and(state_key is null) as gone,
    bool_or(deleted) as deleted,
    arg_min(doubtful, struct_pack("at" := "at", event := event_id)) as doubtful,
    min(settled_path) as path
  from numbered
  group by cluster, namespace, name, object, span
)
select *,
  lead(first_at) over track as next_at,
  -- Files of a mounted Secret stay when the Secret is deleted; another write replaces them.
  min(case when not deleted then first_at end) over (
    partition by cluster, namespace, name, object
    order by span
    rows between 1 following and unbounded following
  ) as rewritten_at
from spans
window track as (
  partition by cluster, namespace, name, object
  order by span
);

-- A patch of which no body tells what it changed leaves open whether the version is still there.
create or replace temp table secret_run as
select secret_span.cluster, secret_span.namespace, secret_span.name, secret_span.object, secret_span.path, secret_span.first_at,
  secret_span.next_at as last_at, secret_span.rewritten_at,
  case when not secret_span.doubtful then state.version end as version,
  case when secret_span.doubtful and state.version is not null then [state.version] else state.alternatives end as alternatives,
  case when secret_span.doubtful then 'candidate' else state.version_grade end as version_grade,
  case when secret_span.doubtful then 'candidate' else state.grade end as grade,
  state.fields, state.keys,
  state.links || case when secret_span.doubtful
    then [struct_pack(kind := state.links[-1].kind, grade := 'candidate', evidence := patch.evidence)]
    else [] end as links,
  state.rule, state.feeding, state.evidence, change.labels, change.type,
  exposure_key(
    secret_span.object, case when not secret_span.doubtful then state.version end,
    secret_span.cluster || '/' || secret_span.namespace || '/' || secret_span.name, secret_span.path, secret_span.first_at
  ) as run_id
from secret_span
join secret_state as state using (cluster, namespace, name, object, event_id)
left join secret_change as change using (cluster, namespace, name, event_id)
left join secret_change as patch
  on secret_span.cluster = patch.cluster
  and secret_span.namespace = patch.namespace
  and secret_span.name = patch.name
  and secret_span.patch_event = patch.event_id
where not secret_span.gone;

insert into exposure
select run_id, object, version, version_grade, fields,
  holder_of('kubernetes_secret', namespace || '/' || name, null::varchar, secret_run.cluster, namespace, name, null::varchar, null::varchar),
  path, true, grade, alternatives, first_at, last_at,
  case when last_at is not null then 'ended' when covering_log.cluster is not null then 'open' else 'unknown' end,
  [], links
from secret_run
left join covering_log
  on secret_run.cluster = covering_log.cluster;

-- synced_to: SecretProviderClass -> Secret; copied_to: provider object -> Secret.
insert into link
with synced as (
  select distinct secret_run.*, unnest(feeding) as class
  from secret_run
  where path = 'synced_secret'
), revised as (
  select synced.*,
    coalesce(
      class_revision.entity_id,
      'secret_provider_class:' || synced.cluster || '/' || synced.namespace || '/' || synced.class
    ) as class_id
  from synced
  asof left join class_revision
    on synced.cluster = class_revision.cluster
    and synced.namespace = class_revision.namespace
    and synced.class = class_revision.name
    and synced.first_at >= class_revision.used_from
), links as (
  select 'synced_to' as kind, class_id as from_id, secret_entity(cluster, namespace, name) as to_id, first_at, last_at,
    links[-1].grade as grade, links[-1].evidence as evidence, rule,
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret' as document
  from revised
  union all
  select 'copied_to', object_entity(object), secret_entity(cluster, namespace, name), first_at, last_at,
    links[-1].grade, links[-1].evidence, rule,
    'https://kubernetes.io/docs/concepts/configuration/secret/'
  from secret_run
  where path = 'external_copy'
)
select distinct on (link_id) link_id, kind, from_id, to_id, first_at, last_at, grade, evidence, rule, document
from (
  select *, link_key(kind, from_id, to_id, first_at) as link_id
  from links
)
order by link_id, grade, last_at, evidence, rule;
