/* ---
title: Who held a version of a credential, by which path, and when
question: Who could have held this version, by which path, from when until when, and what shows it?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: high
attack: [T1552.007, T1528]
params:
  objects: { type: varchar_list, doc: Canonical references of the objects }
  version: { type: varchar, default: null, doc: "Only this version, as the provider names it, and what may be it" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  fields: { type: varchar_list, default: null, doc: Only holders of one of these fields }
  cluster: { type: varchar, default: null, doc: "Only holders of this cluster, and those of no known one" }
  recomputed:
    type: json
    default: null
    doc: >-
      Object versions recomputed from a known value: a list of {object, reported_version} with
      version, cluster, namespace, class and object_id where known
misses: >-
  What a holder passed on by other ways than Secrets, and who read an answer that a log carried. A holder by
  a path that no landed log covers; `coverage/paths` tells which those are. Where `observed` is false the
  holder could have had the value, and no log says that it took it.
next:
  - "`exposure/timeline` puts the same answer in order of time"
  - "`coverage/unknowns` tells what these logs cannot show, and what to collect"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts
  - https://developer.hashicorp.com/vault/docs/platform/k8s/csi
  - https://github.com/hashicorp/vault-csi-provider/blob/v1.7.4/internal/provider/provider.go
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), recomputed as (
  select unnest(from_json($recomputed::json, '[{
    "object": "varchar", "version": "varchar", "reported_version": "varchar",
    "cluster": "varchar", "namespace": "varchar", "class": "varchar", "object_id": "varchar"
  }]')) as entry
), proven as (
  select
    exposure_report.exposure_id,
    max(recomputed.entry.version) as version
  from recomputed
  join exposure_report
    on recomputed.entry.reported_version = exposure_report.reported_version
    and coalesce(recomputed.entry.cluster, exposure_report.cluster) = exposure_report.cluster
    and coalesce(recomputed.entry.namespace, exposure_report.namespace) = exposure_report.namespace
    and coalesce(recomputed.entry.class, exposure_report.class) = exposure_report.class
    and coalesce(recomputed.entry.object_id, exposure_report.object_id) = exposure_report.object_id
  join exposure
    on exposure_report.exposure_id = exposure.exposure_id
    and coalesce(recomputed.entry.object, exposure.object) = exposure.object
  group by exposure_report.exposure_id
), graded as (
  select
    exposure.* exclude (version, version_grade),
    coalesce(proven.version, exposure.version) as version,
    case
      when proven.exposure_id is not null and coalesce(proven.version, exposure.version) is not null then 'matched'
      else version_grade
    end as version_grade
  from exposure
  left join proven
    on exposure.exposure_id = proven.exposure_id
  where object in (select object from asked)
)
select
  exposure_id as id,
  object,
  version,
  version_grade,
  fields,
  holder,
  path,
  observed,
  grade,
  alternatives,
  first_at,
  last_at,
  end_state,
  seen_from,
  links
from graded
where (
    $version is null
    or version = $version
    or (version is null and (len(alternatives) = 0 or list_contains(alternatives, $version)))
  )
  and ($until is null or first_at <= $until::timestamptz)
  and ($since is null or last_at is null or last_at >= $since::timestamptz)
  and (
    $fields is null
    or coalesce(len(fields), 0) = 0
    or list_has_any(fields, from_json($fields::json, '["varchar"]'))
  )
  and ($cluster is null or holder.cluster is null or holder.cluster = $cluster)
order by first_at, object, version, holder.id, path, exposure_id
