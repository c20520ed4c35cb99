-- Which version each write of a synced Secret brought: that of the pod whose mount fed it.
--
-- The driver writes a Secret when a mount status changes, and copies the files of that pod's mount. So the
-- status written since the Secret's last write tells whose mount it was; without one (the driver also
-- comes back every five minutes) it was that of any pod that mounts the class. Pods of other versions leave
-- the version open. (secrets-store-csi-driver v1.6.0, controllers/secretproviderclasspodstatus_controller.go)
--
-- A snapshot of a Secret that the driver made before the log began stands for the write.
create or replace temp table driver_write as
with fed as (
  select *,
    writer = 'driver' and (
      action in ('created', 'changed')
      or (action = 'observed' and coalesce("at" < min("at") filter (where action <> 'observed') over secret, true))
    ) as is_driver
  from secret_statement
  where (cluster, namespace, name) in (select (cluster, namespace, secret) from secret_feed)
  window secret as (partition by cluster, namespace, name)
), pointed as (
  select fed.* exclude (writer, action), fed.action = 'observed' as is_snapshot,
    fed.is_driver and not secret_point.is_open and not fed.has_values as is_plain,
    secret_point.signature, coalesce(secret_point.is_open, true) as is_open
  from fed
  asof left join secret_point
    on fed.cluster = secret_point.cluster
    and fed.namespace = secret_point.namespace
    and fed.name = secret_point.secret
    and fed.at >= secret_point.at
  where fed.is_driver
     or fed.action <> 'observed'
)
select *,
  max(case when is_driver then "at" end) over (
    partition by cluster, namespace, name
    order by "at", event_id
    rows between unbounded preceding and 1 preceding
  ) as written_before,
  -- It can bring nothing but what the one before brought.
  coalesce(is_plain and lag(is_plain) over track and signature = lag(signature) over track, false) as is_repeated
from pointed
window track as (
  partition by cluster, namespace, name
  order by "at", event_id
);

create or replace temp table secret_change as
select statement.* exclude (statement_id, has_values, is_patch), fact.field_values, fact.evidence, fact.labels::varchar as labels, fact.type
from secret_statement as statement
join fact_kubernetes_secret as fact
  on statement.statement_id = fact.rowid
where statement.statement_id not in (select statement_id from driver_write where is_repeated);

-- The values that they show, key by key.
create or replace temp table secret_value as
with shown as (
  select cluster, namespace, name, "at", event_id, unnest(map_entries(field_values)) as entry
  from secret_change
  where field_values is not null
)
select cluster, namespace, name, "at", event_id, entry.key as key, entry.value as fingerprint
from shown
where starts_with(entry.value, 'redacted:hmac-sha256:');

create or replace temp table sync_feed as
with kept as (
  select driver_write.* exclude (signature, is_plain, is_repeated), secret_change.evidence
  from driver_write
  join secret_change using (cluster, namespace, name, event_id)
  where driver_write.is_driver
)
select kept.event_id, kept.cluster, kept.namespace, kept.name, kept.at, kept.written_before, kept.is_open, kept.is_patch, kept.evidence,
  secret_feed.class, secret_feed.object,
  list(struct_pack(key := key, field := field) order by key, field) as keys,
  bool_and(sure and known_from <= kept.at and kept.firm and not kept.is_snapshot) as sure,
  sorted_set(flatten(list(secret_feed.evidence))) as feed_evidence
from kept
join secret_feed
  on kept.cluster = secret_feed.cluster
  and kept.namespace = secret_feed.namespace
  and kept.name = secret_feed.secret
where kept.at >= secret_feed.from_at
  and kept.at < secret_feed.to_at
group by all;

-- The writes of mount statuses behind a write of a Secret: those since the one before, not long ago. Only
-- where it is open whose mount was copied; joins on time go through buckets.
create or replace temp table sync_triggered as
with wanted as (
  select distinct event_id, cluster, namespace, class, "at", written_before,
    unnest(generate_series(
      epoch_us("at" - sync_window) // epoch_us(sync_window),
      epoch_us("at") // epoch_us(sync_window)
    )) as bucket
  from sync_feed
  cross join parameter
  where is_open
), statuses as (
  select status_write.cluster, status_write.namespace, status_pod.class, status_pod.pod_id, status_write.at,
    epoch_us(status_write.at) // epoch_us(sync_window) as bucket
  from status_write
  join status_pod using (write_id)
  cross join parameter
  where status_pod.grade <> 'candidate'
    and (status_write.cluster, status_write.namespace, status_pod.class) in (select (cluster, namespace, class) from secret_feed)
), triggers as (
  select distinct wanted.event_id, wanted.cluster, wanted.namespace, wanted.class, statuses.pod_id, statuses.at
  from wanted
  join statuses using (cluster, namespace, class, bucket)
  cross join parameter
  where statuses.at <= wanted.at
    and statuses.at >= wanted.at - sync_window
    and coalesce(statuses.at > wanted.written_before, true)
), aimed as (
  select triggers.*, sync_feed.object
  from triggers
  join sync_feed using (event_id, cluster, namespace, class)
), told as (
  select aimed.event_id, aimed.class, aimed.object, fed_run.version_key, fed_run.held, fed_run.pod_id
  from aimed
  asof join fed_run
    on aimed.cluster = fed_run.cluster
    and aimed.namespace = fed_run.namespace
    and aimed.class = fed_run.class
    and aimed.pod_id = fed_run.pod_id
    and aimed.object = fed_run.object
    and aimed.at >= fed_run.first_at
  where aimed.at <= fed_run.last_at
)
select event_id, class, object, version_key,
  arg_min(held, struct_pack(grade := grade_rank(held.grade), version := grade_rank(held.version_grade), pod := pod_id)) as held
from told
group by event_id, class, object, version_key;
