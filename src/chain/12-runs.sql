-- Which provider version each delivery brought, and the unbroken runs of one version.
--
-- A reported version of Vault and OpenBao is a keyed hash of the object's configuration and content,
-- no version number (vault-csi-provider, internal/provider/provider.go). So the number comes from, in
-- this order: the provider read before the write; the `?version=` that the class pins; another
-- delivery that reported the same; the version current at the time. Where the provider reports the version
-- itself, it stands in the status: nothing has to be found out.
create or replace temp table delivery_version as
with own as (
  select delivery.*, case when contested_read.versions is null then delivery_read.version end as read_version,
    delivery_read.pod_stated, coalesce(contested_read.versions, []) as contested_versions,
    delivery_read.evidence as read_evidence, delivery_read.fields as read_fields, delivery_read.read_id,
    coalesce(
      content,
      case when len(delivery.fields) > 0
        and len(list_filter(delivery.fields, lambda field: delivery_read.field_values[field] is null)) = 0
        then array_to_string(list_transform(delivery.fields, lambda field: field || '=' || delivery_read.field_values[field]), ' ')
      end
    ) as same_content,
    -- The driver's hashes and those of the provider's log cannot be compared.
    case when content is not null then 'reported' else 'read' end as content_kind,
    delivery.grade = 'candidate' as is_candidate
  from delivery
  left join delivery_read
    on delivery.delivery_id = delivery_read.delivery_id
  left join contested_read
    on delivery.delivery_id = contested_read.delivery_id
), alike as (
  select cluster, namespace, class, object, content,
    arg_min(read_version, struct_pack("at" := "at", id := delivery_id)) as version,
    arg_min(read_evidence, struct_pack("at" := "at", id := delivery_id)) as evidence
  from own
  where content is not null
    and read_version is not null
  group by cluster, namespace, class, object, content
), dated as (
  select own.*, version_current.version as current_version, version_current.evidence as current_evidence,
    lag(same_content) over (
      partition by own.cluster, own.pod_id, own.class, own.object, own.slot, own.is_candidate
      order by own.at, own.delivery_id
    ) as content_before
  from own
  asof left join version_current
    on own.object = version_current.object
    and own.at >= version_current.at
), settled as (
  select dated.*, settled_version.version as settled_version
  from (select dated.*, clock_skew, "at" - clock_skew as settled_at from dated cross join parameter) as dated
  asof left join version_current as settled_version
    on dated.object = settled_version.object
    and dated.settled_at >= settled_version.at
), following as (
  select dated.*, version_created.version_number as next_number, version_created.first.evidence as next_evidence
  from settled as dated
  asof left join version_created
    on dated.object = version_created.object
    and dated.at < version_created.at
), around as (
  select following.*,
    exists (
      from provider_interval
      where following.at between provider_interval.first_at - clock_skew and provider_interval.last_at + clock_skew
    ) as covered,
    (
      select list(version_created.version order by version_created.at, version_created.version)
      from version_created
      where version_created.object = following.object
        and version_created.at between following.at - clock_skew and following.at + clock_skew
    ) as near_versions
  from following
), possible as (
  select *,
    sorted_set(list_filter(
      contested_versions || case
        when len(near_versions) > 0 then near_versions || [coalesce(
          settled_version,
          case when try_cast(near_versions[1] as bigint) > 1 then (near_versions[1]::bigint - 1)::varchar end
        )]
        else [coalesce(current_version, case when next_number > 1 then (next_number - 1)::varchar end)]
      end,
      lambda version: version is not null
    )) as possible_versions
  from around
), as_of as (
  select *,
    case
      when not covered then null
      when len(contested_versions) > 0 then null
      -- Around the first that was seen made, what was there before is unknown, unless it has a number.
      when len(near_versions) > 0
        and settled_version is null
        and try_cast(near_versions[1] as bigint) is null then null
      when len(possible_versions) = 1 then possible_versions[1]
      when content_before is not null and content_before is distinct from same_content then near_versions[-1]
    end as as_of_version
  from possible
)
select as_of.* exclude (
    current_version, current_evidence, settled_version, clock_skew, settled_at, next_number, next_evidence, covered,
    near_versions, content_before, contested_versions
  ),
  coalesce(as_of.stated_version, as_of.read_version, as_of.pinned_version, alike.version, as_of_version) as version,
  case
    when as_of.stated_version is not null then as_of.grade
    when as_of.read_version is not null then case when pod_stated then 'matched' else 'inferred' end
    when coalesce(as_of.pinned_version, alike.version, as_of_version) is not null then 'inferred'
    else 'candidate'
  end as version_grade,
  case
    when as_of.stated_version is not null then 'version stated by the mount status'
    when as_of.read_version is not null then 'provider read before the write'
    when as_of.pinned_version is not null then 'version pinned in secretPath'
    when alike.version is not null then 'another delivery of the same reported version'
    when as_of_version is not null then 'version current at the time'
    else 'not tellable'
  end as version_rule,
  case
    when as_of.stated_version is not null then as_of.evidence
    when as_of.read_version is not null then as_of.read_evidence
    when as_of.pinned_version is not null then as_of.evidence
    when alike.version is not null then alike.evidence
    when as_of_version is not null then sorted_set(coalesce(current_evidence, []) || coalesce(next_evidence, []))
    else []
  end as version_evidence
from as_of
left join alike
  on as_of.cluster = alike.cluster
  and as_of.namespace = alike.namespace
  and as_of.class = alike.class
  and as_of.object = alike.object
  and as_of.content = alike.content;

-- Equal content is one version, whatever the provider calls it by then: a rewrite with the same value
-- splits nothing. A delivery that cannot be told keeps what the one before brought, unless its content
-- is known to differ. Candidates are a track of their own: what may not be the pod's ends nothing.
-- What comes back after another object stood in its place begins anew.
create or replace temp table content_run as
with placed as (
  select delivery_version.*, object_drop.at as dropped_at
  from delivery_version
  asof left join object_drop
    on delivery_version.cluster = object_drop.cluster
    and delivery_version.pod_id = object_drop.pod_id
    and delivery_version.class = object_drop.class
    and delivery_version.object = object_drop.object
    and delivery_version.at >= object_drop.at
), marked as (
  select *,
    same_content is null
      or lag(same_content) over track is distinct from same_content
      or lag(dropped_at) over track is distinct from dropped_at as begins
  from placed
  window track as (
    partition by cluster, pod_id, class, object, slot, is_candidate
    order by "at", delivery_id
  )
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, pod_id, class, object, slot, is_candidate
      order by "at", delivery_id
      rows unbounded preceding
    ) as number
  from marked
)
select cluster, namespace, pod_id, class, object, slot, is_candidate, number,
  min(dropped_at) as dropped_at,
  min("at") as "at",
  arg_min(delivery_id, struct_pack("at" := "at", id := delivery_id)) as delivery_id,
  min(same_content) as same_content,
  min(content_kind) as content_kind,
  arg_min(version, struct_pack("at" := "at", id := delivery_id)) filter (where version is not null) as version,
  arg_min(delivery_id, struct_pack("at" := "at", id := delivery_id)) filter (where version is not null) as version_delivery_id
from numbered
group by cluster, namespace, pod_id, class, object, slot, is_candidate, number;

create or replace temp table version_run as
with carried as (
  select * exclude (version),
    coalesce(
      version,
      case when same_content is null or content_before is null or content_kind <> kind_before
        then last_value(version ignore nulls) over (
          partition by cluster, pod_id, class, object, slot, is_candidate, dropped_at
          order by number
          rows between unbounded preceding and 1 preceding
        ) end
    ) as version
  from (
    select *, lag(same_content) over track as content_before, lag(content_kind) over track as kind_before
    from content_run
    window track as (
      partition by cluster, pod_id, class, object, slot, is_candidate
      order by number
    )
  ) as content_run
), marked as (
  select *,
    lag(number) over track is null
      or lag(version) over track is distinct from version
      or lag(dropped_at) over track is distinct from dropped_at
      or (version is null and lag(same_content) over track is distinct from same_content) as begins
  from carried
  window track as (
    partition by cluster, pod_id, class, object, slot, is_candidate
    order by number
  )
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, pod_id, class, object, slot, is_candidate
      order by number
      rows unbounded preceding
    ) as run
  from marked
), runs as (
  select cluster, namespace, pod_id, class, object, slot, is_candidate, run, version,
    min("at") as first_at,
    arg_min(delivery_id, number) as delivery_id,
    arg_min(version_delivery_id, number) filter (where version_delivery_id is not null) as version_delivery_id,
    sorted_set(list(delivery_id)) as delivery_ids
  from numbered
  group by cluster, namespace, pod_id, class, object, slot, is_candidate, run, version
)
select runs.* exclude (following_at),
  -- The least of both, and what is there where one is missing.
  least(following_at, object_drop.at) as next_at
from (
  select *,
    lead(first_at) over (
      partition by cluster, pod_id, class, object, slot, is_candidate
      order by run
    ) as following_at
  from runs
) as runs
asof left join object_drop
  on runs.cluster = object_drop.cluster
  and runs.pod_id = object_drop.pod_id
  and runs.class = object_drop.class
  and runs.object = object_drop.object
  and runs.first_at < object_drop.at;
