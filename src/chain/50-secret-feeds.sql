-- What may be in a Kubernetes Secret by declaration: `secretObjects` of the SecretProviderClasses that
-- name it, file by file, and which provider object and field each file is.
-- https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
--
-- No label names the class or the version in such a Secret, so the class is found by the Secret's name in
-- its own namespace and cluster. The driver reads the class when it writes the Secret: as of the write.
create or replace temp table class_sync as
with compared as (
  select *,
    lag(secret_objects) over (partition by cluster, namespace, name order by "at", event_id, evidence) as objects_before,
    row_number() over (partition by cluster, namespace, name order by "at", event_id, evidence) as number
  from class_write
  where whole
     or secret_objects is not null
), changed as (
  select *
  from compared
  where number = 1
    or secret_objects is distinct from objects_before
), revisions as (
  select cluster, namespace, name as class, "at" as valid_from, evidence, whole and all_firm as sure, secret_objects,
    case when number = 1 then timestamptz '0001-01-01 00:00:00Z' else "at" end as from_at,
    coalesce(lead("at") over (partition by cluster, namespace, name order by number), never()) as to_at
  from changed
), entries as (
  select * exclude (secret_objects), unnest(from_json(secret_objects::json, '["json"]')) as entry
  from revisions
  where json_type(secret_objects::json) = 'ARRAY'
)
select cluster, namespace, class, valid_from, from_at, to_at, evidence, sure,
  entry ->> '$.secretName' as secret,
  coalesce(entry ->> '$.type', 'Opaque') as type,
  entry -> '$.labels' as labels,
  entry -> '$.data' as data
from entries
where entry ->> '$.secretName' is not null;

create or replace temp table secret_feed as
with files as (
  select * exclude (data), unnest(from_json(data, '[{ "objectName": "varchar", "key": "varchar" }]')) as file
  from class_sync
  where json_type(data) = 'ARRAY'
)
select files.cluster, files.namespace, files.secret, files.class, files.file.key as key, class_object.object, class_object.field,
  greatest(files.from_at, class_object.used_from) as from_at,
  least(files.to_at, coalesce(class_object.valid_to, never())) as to_at,
  greatest(files.valid_from, class_object.valid_from) as known_from,
  files.sure and class_object.grade = 'recorded' as sure,
  sorted_set(files.evidence || class_object.evidence) as evidence
from files
join class_object
  on files.cluster = class_object.cluster
  and files.namespace = class_object.namespace
  and files.class = class_object.class
  and files.file."objectName" = class_object.file
where files.from_at < coalesce(class_object.valid_to, never())
  and class_object.used_from < files.to_at
  and class_object.object is not null;

-- What the labels and the type of a synced Secret are, as the class asks for them.
create or replace temp table secret_label as
select cluster, namespace, secret, min(type) as type,
  json_merge_patch(
    coalesce(min(labels::varchar), '{}')::json,
    '{"secrets-store.csi.k8s.io/managed": "true"}'::json
  )::varchar as labels
from class_sync
group by cluster, namespace, secret;

-- Every statement about a Secret that changed what is in it. Left out: refused creations and dry runs, a
-- patch of metadata alone (the driver sets ownerReferences seconds after it wrote), and what the garbage
-- collector does to owners. Of a patch without a body nothing says what it changed (`doubtful`); only the
-- driver's rotation, before 1.6, writes values by patches (pkg/rotation/reconciler.go).
create or replace temp table secret_statement as
select rowid as statement_id, cluster, namespace, name, "at", event_id, action, writer, field_values is not null as has_values,
  coalesce(firm, true) as firm, coalesce(starts_with(user_agent, 'csi-secrets-store/rotation'), false) as is_patch,
  action = 'changed' and metadata_only is null and writer is distinct from 'driver' as doubtful
from fact_kubernetes_secret
where coalesce(effective, true)
  and namespace is not null
  and case
    when action <> 'changed' then true
    when metadata_only then false
    when actor = 'system:serviceaccount:kube-system:generic-garbage-collector' then false
    when writer = 'driver' and metadata_only is null
      then user_agent is null or not starts_with(user_agent, 'csi-secrets-store/') or starts_with(user_agent, 'csi-secrets-store/rotation')
    else true
  end;
