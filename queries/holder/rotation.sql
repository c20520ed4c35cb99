/* ---
title: In which order to rotate what a holder held
question: Which of the versions that a holder held, or could have held, are to be rotated first, and why?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: high
attack: [T1552.007]
params:
  exposures: { type: json, doc: "Rows of holder/exposures: of each its id and whether it is observed" }
misses: >-
  The worth of a credential, and what it opens: no log tells. A version that a log does not show superseded
  counts as current.
next:
  - custody blast-radius --object <object> --version <version> tells who else held it
  - "`rotation/holders_of_version` tells after the rotation who still holds the old version"
references:
  - https://csrc.nist.gov/pubs/sp/800/61/r3/final
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
--- */
-- One row a version, by these in turn: observed before potential; current, then not tellable, then superseded
-- or ended; the grade of the surest exposure; still open before ended or unknown; the more others were
-- observed to hold it, the earlier; then the later it was last held, and object and version by name.
with given as (
  select unnest(from_json($exposures::json, '[{ "id": "varchar", "observed": "boolean" }]'), recursive := true)
), held as (
  select
    exposure.object,
    exposure.version,
    coalesce(exposure.alternatives, []) as alternatives,
    given.observed,
    case exposure.grade when 'recorded' then 1 when 'matched' then 2 when 'inferred' then 3 else 4 end as grade_rank,
    exposure.end_state,
    exposure.first_at,
    exposure.last_at
  from given
  join exposure
    on given.id = exposure.exposure_id
), version_held as (
  select
    object,
    version,
    alternatives,
    bool_or(observed) as observed,
    min(grade_rank) filter (where observed) as observed_rank,
    min(grade_rank) as best_rank,
    bool_or(end_state = 'open') as still_open,
    min(first_at) as first_at,
    case when bool_and(last_at is not null) then max(last_at) end as last_at
  from held
  group by object, version, alternatives
), other as (
  select
    object,
    version,
    coalesce(alternatives, []) as alternatives,
    count(distinct struct_pack(kind := holder.kind, cluster := holder.cluster, id := holder.id)) as holders
  from exposure
  where observed
    and exposure_id not in (select id from given)
  group by object, version, coalesce(alternatives, [])
), judged as (
  select
    version_held.* exclude (observed_rank, best_rank),
    case when observed then observed_rank else best_rank end as grade_rank,
    case
      when version_held.version is null then null
      else provider_version.superseded_at is null and provider_version.ended_at is null
    end as current,
    coalesce(other.holders, 0) as other_holders
  from version_held
  left join provider_version
    on version_held.object = provider_version.object
    and version_held.version = provider_version.version
  left join other
    on version_held.object = other.object
    and version_held.version is not distinct from other.version
    and version_held.alternatives = other.alternatives
), ranked as (
  select
    *,
    row_number() over (
      order by observed desc, case when current then 1 when current is null then 2 else 3 end, grade_rank,
        still_open desc, other_holders desc, last_at desc nulls first, object, version, alternatives
    ) as rank
  from judged
)
select
  rank,
  object,
  version,
  alternatives,
  observed,
  current,
  ['recorded', 'matched', 'inferred', 'candidate'][grade_rank] as grade,
  still_open as open,
  other_holders,
  first_at,
  last_at,
  [
    case when observed then 'observed' else 'potential' end,
    case
      when current then 'current as far as logged'
      when current is null then 'which version is not tellable'
      else 'superseded or ended'
    end,
    ['recorded', 'matched', 'inferred', 'candidate'][grade_rank],
    case when still_open then 'still open' else 'no longer seen open' end,
    case other_holders when 0 then 'nobody else observed' when 1 then '1 other observed' else other_holders || ' others observed' end
  ] as reasons
from ranked
order by rank
