-- Silence of a log against its own rhythm.
--
-- An API server writes all the time: leases are renewed every few seconds (https://kubernetes.io/docs/concepts/architecture/leases/)
-- and watches end. A filtered copy of its log may hold twenty lines a day. So the rhythm is told from the stream
-- itself: the median of its distances between records, weighted by their time. That is, half of the time of
-- the stream lies in distances of at most so much. Bursts do not shorten it as they would a plain quantile,
-- and a gap has to last half of the stream before it lengthens it. Of a minute with n records, the distance
-- counts as an nth of a minute. With distances as those of a Poisson process, one of six times this median
-- comes once in 24 000.
create or replace temp table stream_minute as
select
  source, cluster, stream, "minute",
  min(first_at) as first_at,
  max(last_at) as last_at,
  sum(records) as records
from log_minute
group by source, cluster, stream, "minute";

-- From when until when each stream was written; a long request arrived before its stream began.
insert into log_span
select source, cluster, stream, min(first_at), max(last_at)
from stream_minute
group by source, cluster, stream
union all
-- Sources that tell no minutes. A snapshot or a statement of a team is no log: it covers no time. The containers of
-- the driver speak where there is something to mount: no path is covered by their silence.
select source, cluster, stream, first_at, last_at
from stream_interval
where first_at is not null
  and source not in ('k8s_objects', 'provider_objects', 'custody_yaml', 'csi_log')
  and stream not in (select stream from stream_minute)
order by all;

create or replace temp table stream_distance as
select
  source, cluster, stream, records,
  last_at as first_at,
  lead(first_at) over (partition by source, cluster, stream order by "minute") as last_at
from stream_minute;

-- A minute with a single record has no distance of its own. Whole microseconds sum up alike in any order.
create or replace temp table stream_rhythm as
with spent as (
  select source, cluster, stream, 60000000 as weight, 60.0 / records as distance
  from stream_minute
  where records > 1
  union all
  select source, cluster, stream, epoch_us(last_at) - epoch_us(first_at), epoch(last_at) - epoch(first_at)
  from stream_distance
  where last_at is not null
), summed as (
  select *,
    sum(weight) over (
      partition by source, cluster, stream
      order by distance, weight
      rows unbounded preceding
    ) as reached,
    sum(weight) over (partition by source, cluster, stream) as total
  from spent
)
select source, cluster, stream, min(distance) as usual_seconds
from summed
where reached * 2 >= total
group by source, cluster, stream;

-- The whole log: the minutes of all its streams, and between them what no stream has.
create or replace temp table log_distance as
with united as (
  select source, cluster, first_at, last_at
  from stream_minute
  union all
  select source, cluster, first_at, last_at
  from log_span
  where stream not in (select stream from stream_minute)
), reached as (
  select source, cluster, first_at,
    max(last_at) over (
      partition by source, cluster
      order by first_at, last_at
      rows between unbounded preceding and 1 preceding
    ) as before_at
  from united
)
select source, cluster, before_at as first_at, first_at as last_at,
  epoch(first_at) - epoch(before_at) as seconds
from reached
where first_at > before_at + interval 1 minute;

insert into log_silence
with spanned as (
  select log_distance.*,
    count(log_span.stream) > 0 as is_inside,
    -- Inside, the busiest stream tells; between two, the one that is less so.
    case when count(log_span.stream) > 0 then min(stream_rhythm.usual_seconds) end as inside_seconds
  from log_distance
  left join log_span
    on log_distance.source = log_span.source
    and log_distance.cluster = log_span.cluster
    and log_span.first_at <= log_distance.first_at
    and log_span.last_at >= log_distance.last_at
  left join stream_rhythm
    on log_span.source = stream_rhythm.source
    and log_span.cluster = stream_rhythm.cluster
    and log_span.stream = stream_rhythm.stream
  group by all
), beside as (
  select log_distance.source, log_distance.cluster, log_distance.first_at, log_distance.last_at,
    max(stream_rhythm.usual_seconds) as beside_seconds
  from log_distance
  join log_span
    on log_distance.source = log_span.source
    and log_distance.cluster = log_span.cluster
    and (log_span.last_at = log_distance.first_at or log_span.first_at = log_distance.last_at)
  join stream_rhythm
    on log_span.source = stream_rhythm.source
    and log_span.cluster = stream_rhythm.cluster
    and log_span.stream = stream_rhythm.stream
  group by log_distance.source, log_distance.cluster, log_distance.first_at, log_distance.last_at
), told as (
  select source, cluster, first_at, last_at, seconds,
    case when is_inside then 'whole_log' else 'between_streams' end as kind,
    case when is_inside then inside_seconds else beside_seconds end as usual_seconds
  from spanned
  left join beside using (source, cluster, first_at, last_at)
), one_stream as (
  select source, cluster, stream, distance.first_at, distance.last_at,
    epoch(distance.last_at) - epoch(distance.first_at) as seconds, usual_seconds
  from stream_distance as distance
  join stream_rhythm using (source, cluster, stream)
  where distance.last_at > distance.first_at + interval 1 minute
    and epoch(distance.last_at) - epoch(distance.first_at) > 2 * usual_seconds
)
select source, cluster, kind, null, null, null, first_at, last_at, seconds, usual_seconds
from told
where usual_seconds is null
  or seconds > 2 * usual_seconds
union all
select source, cluster, 'one_stream', stream, null, null, first_at, last_at, seconds, usual_seconds
from one_stream
where exists (
  from stream_minute as other
  where other.source = one_stream.source
    and other.cluster = one_stream.cluster
    and other.stream <> one_stream.stream
    and other.first_at > one_stream.first_at
    and other.first_at < one_stream.last_at
)
order by all;

insert into log_damage
select batch.source, batch.cluster, batch.stream, sum(quarantined), min(first_at), max(last_at)
from batch
join (
  select batch_id, min(first_at) as first_at, max(last_at) as last_at
  from log_minute
  group by batch_id
) as told using (batch_id)
where quarantined > 0
group by batch.batch_id, batch.source, batch.cluster, batch.stream
order by all;

-- A topic may hold several logs: each that its stream shows has lost something.
insert into log_loss
with told as (
  select distinct stream, source, cluster
  from stream_interval
)
select coalesce(told.source, notice.source), coalesce(told.cluster, notice.cluster), notice.stream, topic, "partition", kind,
  messages, least(first_at, last_at), greatest(first_at, last_at)
from partition_notice as notice
left join told
  on notice.stream = told.stream
order by all;

-- An audit policy is read when the API server starts (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/),
-- so levels that follow each other are two policies. Levels that alternate are rules of one, which tell users,
-- verbs or namespaces apart; what counts then is the lowest.
insert into log_level_span
with spans as (
  select source, cluster, resource, access, level,
    min(first_at) as first_at, max(last_at) as last_at, sum(records) as records, sum(truncated) as truncated
  from log_level
  group by source, cluster, resource, access, level
), ordered as (
  select *,
    coalesce(last_at > lead(first_at) over resources, false) as is_met
  from spans
  window resources as (partition by source, cluster, resource, access order by first_at, last_at)
), told as (
  select *, bool_or(is_met) over (partition by source, cluster, resource, access) as is_mixed
  from ordered
), united as (
  select source, cluster, resource, access, is_mixed, min(first_at) as first_at, sum(records) as records,
    sum(truncated) as truncated,
    arg_min(level, list_position(['None', 'Metadata', 'Request', 'RequestResponse'], level)) as level
  from told
  group by source, cluster, resource, access, is_mixed, case when not is_mixed then level end
)
select source, cluster, resource, access, level, is_mixed,
  case when lag(first_at) over resources is null then '-infinity'::timestamptz else first_at end,
  coalesce(lead(first_at) over resources, 'infinity'::timestamptz),
  records, truncated
from united
window resources as (partition by source, cluster, resource, access order by first_at)
order by all;

-- A resource that a log shows steadily, and not at its beginning or its end: the policy may have been another.
-- Its longest distance stands for its rhythm, since what people do with a resource comes in bursts, and hours
-- are all that is kept of it; a resource with few records has none.
insert into log_silence
with shown as (
  select source, cluster, resource, access, sum(records) as records,
    min(first_at) as first_at, max(last_at) as last_at
  from log_level
  group by source, cluster, resource, access
), stepped as (
  select source, cluster, resource, access,
    epoch(first_at) - epoch(max(last_at) over (
      partition by source, cluster, resource, access
      order by first_at, last_at
      rows between unbounded preceding and 1 preceding
    )) as distance
  from log_level
), rhythm as (
  select source, cluster, resource, access, greatest(coalesce(max(distance), 0), 360) as usual_seconds
  from stepped
  group by source, cluster, resource, access
), log as (
  select source, cluster, min(first_at) as first_at, max(last_at) as last_at
  from log_span
  group by source, cluster
), ends as (
  select shown.source, shown.cluster, resource, access, records, log.first_at as first_at, shown.first_at as last_at
  from shown
  join log
    on shown.source = log.source
    and shown.cluster = log.cluster
  union all
  select shown.source, shown.cluster, resource, access, records, shown.last_at, log.last_at
  from shown
  join log
    on shown.source = log.source
    and shown.cluster = log.cluster
)
select source, cluster, 'one_resource', null, resource, access, first_at, last_at,
  epoch(last_at) - epoch(first_at), usual_seconds
from ends
join rhythm using (source, cluster, resource, access)
where records >= 100
  and epoch(last_at) - epoch(first_at) > 2 * usual_seconds
order by all;
