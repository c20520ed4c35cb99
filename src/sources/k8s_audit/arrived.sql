-- What the records that arrived say of their log by being there: when, how many and at which level. All of it
-- comes from one pass over them.

-- What the paths of exposure need to see, of which resource and kind of access. A connection is a create or
-- a get, as the client opens it: https://kubernetes.io/docs/reference/access-authn-authz/authorization/
create or replace temp macro k8s_audit_path_resource(resource, subresource) as
  case
    when subresource is null and resource in ('secrets', 'pods', 'secretproviderclasspodstatuses',
      'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings')
      then resource
    when resource = 'pods' and subresource in ('exec', 'attach', 'ephemeralcontainers', 'portforward', 'proxy', 'log')
      or resource = 'nodes' and subresource = 'proxy'
      then resource || '/' || subresource
  end;

create or replace temp macro k8s_audit_access(subresource, verb) as
  case
    when subresource in ('exec', 'attach', 'portforward', 'proxy', 'log') then 'connect'
    when verb in ('get', 'list', 'watch') then 'read'
    else 'write'
  end;

-- A record is written when its stage ends: the end of a watch stands long after its beginning. Minutes are
-- counted since 1970: date_trunc asks a calendar, which takes longer than all the rest.
create or replace temp table k8s_audit_density as
select
  batch_id,
  stream,
  cluster,
  epoch_us(written_at) // 60000000 as minutes,
  resource,
  access,
  level,
  count(*) as records,
  count(*) filter (truncated) as truncated,
  min(begun_at) as begun_at,
  min(written_at) as first_at,
  max(written_at) as last_at,
  min(key_at) as first_key_at,
  max(key_at) as last_key_at
from (
  select
    batch_id, stream, cluster, level, truncated,
    coalesce(received_at, legacy_at, stage_at) as begun_at,
    coalesce(stage_at, received_at, legacy_at) as written_at,
    case when audit_id is not null then coalesce(received_at, legacy_at, '-infinity') end as key_at,
    k8s_audit_path_resource(resource, subresource) as resource,
    case when k8s_audit_path_resource(resource, subresource) is not null
      then k8s_audit_access(subresource, verb) end as access
  from k8s_audit_arrived
) as record
group by all;

-- From when until when the requests of each batch that arrived were received. Records of one request name the
-- same time, so that other batches can hold no more of it. Without a time, any batch may.
insert into k8s_audit_batch_span
select batch_id, min(first_key_at), max(last_key_at)
from k8s_audit_density
where first_key_at is not null
group by batch_id
order by batch_id;
