-- Which versions a mount may have had whose version no log tells, of Conjur and Akeyless: those that there can have been until the
-- pod was gone, since rotation shows nowhere.
update delivery_version
set possible_versions = told.versions
from (
  select delivery.delivery_id, sorted_set(list(unnumbered_version.version)) as versions
  from delivery
  join pod using (cluster, pod_id)
  cross join parameter
  join unnumbered_version
    on delivery.object = unnumbered_version.object
    and unnumbered_version.from_at <= coalesce(pod.ended_at + clock_skew, timestamptz '9999-01-01 00:00:00Z')
  group by delivery.delivery_id
) as told
where delivery_version.delivery_id = told.delivery_id
  and delivery_version.version is null;
