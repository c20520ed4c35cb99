-- From when until when the requests of each batch that arrived were received. Records of one request name the
-- same time, so that other batches can hold no more of it. Without a time, any batch may.
insert into k8s_audit_batch_span
select
  batch_id,
  min(coalesce(received_at, legacy_at, '-infinity')),
  max(coalesce(received_at, legacy_at, '-infinity'))
from k8s_audit_arrived
where audit_id is not null
group by batch_id
order by batch_id;
