-- Which records of earlier batches show the same requests as records that arrived: those requests are made into
-- events again, from all of their records.

create or replace temp table k8s_audit_arrived_key as
select distinct k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb) as key_hash
from k8s_audit_arrived
where audit_id is not null;

create or replace temp table k8s_audit_touched as
select
  record_id,
  batch_id,
  k8s_audit_event_id(audit_id, record_id, cluster_mark, sha256_source) as event_id
from k8s_audit_earlier
where audit_id is not null
  and k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb)
    in (select key_hash from k8s_audit_arrived_key);

insert into k8s_audit_touched
select touched.record_id, touched.batch_id, record.event_id
from k8s_audit_touched as touched
join derived_event_record as record using (record_id);

delete from k8s_audit_shared_key
where key_hash in (select key_hash from k8s_audit_arrived_key);

delete from k8s_audit_first_request
where "first".record_id in (select record_id from k8s_audit_touched);

delete from k8s_audit_ephemeral_container
where event_id in (select event_id from k8s_audit_touched);

-- Facts of other records say what a value decodes to; where that turns out otherwise, all are made again.
create or replace temp table k8s_audit_unsettled as
select form.stored
from k8s_audit_secret_form_of('k8s_audit_arrived') as arrived
join k8s_audit_secret_form as form using (stored)
where arrived.source_length < form.source_length
  and arrived.decoded <> form.decoded;
