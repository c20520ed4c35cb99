-- delivered: pod -> object id and reported version; resolves_to: that -> provider version.
-- The status holds base64url(HMAC-SHA256(key, configuration and content)) for Vault and OpenBao.
-- https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclasspodstatus
create or replace temp table run_report as
with reported as (
  select version_run.cluster, version_run.namespace, version_run.pod_id, version_run.class, version_run.object,
    version_run.run, version_run.is_candidate, version_run.first_at, version_run.next_at, version_run.version,
    version_run.version_delivery_id, delivery.grade, delivery.evidence, delivery.rule,
    unnest(case when len(delivery.reported) > 0
      then delivery.reported
      else [struct_pack(id := null::varchar, version := null::varchar)]
    end) as entry
  from version_run
  join delivery using (delivery_id)
)
select *,
  'reported_version:' || cluster || '/' || namespace || '/' || class || '/' || coalesce(entry.id, '?') || '@'
    || coalesce(entry.version, pod_id || '/' || time_text(first_at)) as report_id
from reported;

insert into link
select distinct on (link_id) *
from (
  select link_key('delivered', pod_entity(cluster, pod_id), report_id, first_at) as link_id, 'delivered',
    pod_entity(cluster, pod_id), report_id, first_at, next_at, grade, evidence, rule,
    'https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclasspodstatus'
  from run_report
)
order by all;
