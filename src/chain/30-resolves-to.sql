-- resolves_to: reported version -> provider version. `matched` only by recomputing the hash, which
-- needs the provider's key (queries/exposure/exposures.sql, parameter `recomputed`), or by a read
-- whose login names the pod. Where the provider reports its own versions, the status is the statement.
insert into link
select distinct on (link_id)
  link_id, 'resolves_to', report_id, version_id, first_at, null, version_grade, version_evidence, version_rule,
  case when version_rule = 'version stated by the mount status'
    then 'https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclasspodstatus'
    else 'https://github.com/hashicorp/vault-csi-provider/blob/v1.7.4/internal/provider/provider.go'
  end
from (
  select link_key('resolves_to', report_id, version_entity(run_report.object, run_report.version), null) as link_id,
    report_id, version_entity(run_report.object, run_report.version) as version_id, first_at,
    delivery_version.version_grade, delivery_version.version_evidence, delivery_version.version_rule
  from run_report
  join delivery_version
    on run_report.version_delivery_id = delivery_version.delivery_id
  where run_report.version is not null
)
order by link_id, first_at, version_grade, version_evidence, version_rule;
