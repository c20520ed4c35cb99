-- mounts: pod -> the revision of the SecretProviderClass that held at the mount. A mount that the
-- provider denied has this link (the spec says so) and no `delivered` behind it.
create or replace temp table pod_mount as
with specified as (
  select pod.cluster, pod.namespace, pod.pod_id, pod.first_at, pod.ended_at, spec.evidence as evidence, spec.grade as grade,
    unnest(sorted_set(list_transform(spec.volumes, lambda volume: volume.secret_provider_class))) as class,
    'pod spec: volumes[].csi.volumeAttributes' as rule
  from pod_volumes
  join pod using (cluster, pod_id)
), shown as (
  select delivery.cluster, delivery.namespace, delivery.pod_id, min(delivery.at) as first_at, pod.ended_at,
    arg_min(evidence, struct_pack("at" := "at", id := delivery_id)) as evidence,
    arg_min(grade, struct_pack("at" := "at", id := delivery_id)) as grade,
    class, 'mount status: secretProviderClassName' as rule
  from delivery
  join pod using (cluster, pod_id)
  where (delivery.cluster, delivery.pod_id, class) not in (select (cluster, pod_id, class) from specified)
  group by delivery.cluster, delivery.namespace, delivery.pod_id, class, pod.ended_at
), mounts as (
  select * from specified
  union all by name
  select * from shown
), first_delivery as (
  select cluster, pod_id, class, min("at") as "at"
  from delivery
  group by cluster, pod_id, class
), dated as (
  select mounts.*, coalesce(first_delivery.at, mounts.first_at) as mounted_at
  from mounts
  left join first_delivery using (cluster, pod_id, class)
  where class is not null
)
select dated.*, class_revision.entity_id as revision_id, class_revision.evidence as revision_evidence,
  coalesce(
    class_revision.entity_id,
    'secret_provider_class:' || dated.cluster || '/' || dated.namespace || '/' || dated.class
  ) as class_id,
  case
    when dated.grade = 'candidate' then 'candidate'
    when dated.grade = 'recorded' and class_revision.grade = 'recorded' and class_revision.valid_from <= dated.mounted_at
      then 'recorded'
    else 'inferred'
  end as revision_grade
from dated
asof left join class_revision
  on dated.cluster = class_revision.cluster
  and dated.namespace = class_revision.namespace
  and dated.class = class_revision.name
  and dated.mounted_at >= class_revision.used_from;

insert into link
select link_key('mounts', pod_entity(cluster, pod_id), class_id, mounted_at), 'mounts', pod_entity(cluster, pod_id), class_id,
  mounted_at, ended_at, revision_grade, sorted_set(evidence || coalesce(revision_evidence, [])), rule,
  'https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclass'
from pod_mount;
