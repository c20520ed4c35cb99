-- What the driver and its providers say of a volume: the path of it names the pod's uid and the volume.
-- https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go
insert into fact_mount_log by name
select
  "at",
  'csi_log' as source,
  cluster,
  null::varchar as actor,
  event_id,
  record_ids as evidence,
  not is_year_inferred as firm,
  said as action,
  namespace,
  pod_name,
  pod_uid,
  volume,
  target_path,
  case when said = 'object' then file end as file
from csi_log_event
where "at" is not null
  and pod_uid is not null
  and said in ('published', 'unpublished', 'object');
