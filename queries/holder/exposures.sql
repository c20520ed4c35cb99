/* ---
title: What leaks if a holder is lost
question: Which versions did this holder hold, or could it have held, itself and by its tokens, and what shows it?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: high
attack: [T1552.007, T1528]
params:
  holders: { type: json, doc: "Rows of chain/holders" }
  tokens: { type: json, default: "[]", doc: "Rows of holder/tokens for these holders" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: "Only holders of this cluster, and those of no known one" }
  clock_skew_seconds: { type: integer, default: 5, doc: How far the clocks of cluster and provider may be apart }
misses: >-
  What a token did by requests whose log leaves out the token (`credential-id`), and entries into pods after
  its first: they count as what it could have done. A token reaches what its account held from its issue on,
  at the provider also what pods of the account mounted (one bound to a pod: that pod), as the provider knows
  the account only. What was mounted by other pods of a pod's account is theirs.
next:
  - "`holder/rotation` puts the versions in the order in which to rotate them"
  - "`holder/tokens` tells how each token in `via` came about"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
  - https://developer.hashicorp.com/vault/docs/auth/kubernetes
--- */
with asked as (
  select unnest(
    from_json($holders::json, '[{
      "kind": "varchar", "cluster": "varchar", "id": "varchar", "namespace": "varchar", "name": "varchar",
      "identity": "varchar", "first_at": "timestamptz", "last_at": "timestamptz"
    }]'),
    recursive := true
  )
), given as (
  select unnest(
    from_json($tokens::json, '[{
      "token": "varchar", "kind": "varchar", "cluster": "varchar", "identity": "varchar", "pod_id": "varchar",
      "issued_at": "timestamptz", "expires_at": "timestamptz", "depth": "integer", "grade": "varchar"
    }]'),
    recursive := true
  )
), token as (
  select
    *,
    token in (select id from asked where kind = 'token') as is_asked
  from given
), held as (
  select
    exposure_id,
    object,
    version,
    alternatives,
    path,
    observed,
    holder,
    first_at,
    coalesce(last_at, timestamptz 'infinity') as last_at,
    to_seconds(case path when 'provider_read' then $clock_skew_seconds else 0 end) as slack,
    links
  from exposure
), provider_act as (
  select jti as token, object, version, "at", actor
  from fact_provider_read
  union all
  select provider || '/' || coalesce(instance, '') || '/' || session, object, version, "at", actor
  from fact_provider_read
), shown as (
  -- What a request with that very token shows: its own record, or the Secret that it asked for by then.
  select token.token, held.exposure_id
  from token
  join (
    select credential, unnest(evidence) as record
    from fact_kubernetes_secret_read
    union
    select credential, unnest(evidence)
    from fact_pod_access
    union
    select credential, unnest(evidence)
    from fact_node_access
  ) as act
    on token.token = act.credential
  join (
    select exposure_id, holder, unnest(flatten(list_transform(links, lambda link: link.evidence))) as record
    from held
    where path in ('secret_read', 'pod_entry', 'pod_logs', 'pod_proxy', 'port_forward', 'node_access')
  ) as held
    on act.record = held.record
    and token.identity = held.holder.id
  union
  select token.token, held.exposure_id
  from token
  join fact_kubernetes_secret_read as act
    on token.token = act.credential
  join held
    on held.path = 'secret_read'
    and act.actor = held.holder.id
    and act.cluster = held.holder.cluster
  join held as secret
    on secret.holder.kind = 'kubernetes_secret'
    and act.cluster = secret.holder.cluster
    and held.object = secret.object
    and held.version is not distinct from secret.version
    and held.alternatives = secret.alternatives
  where act.label_selector is null
    and (act.field_selector is null or act.name is not null)
    and not coalesce(act.metadata_only, false)
    and (act.namespace is null or act.namespace = secret.holder.namespace)
    and (act.name is null or act.name = secret.holder.name)
    and secret.first_at <= case act.verb when 'watch' then coalesce(act.ended_at, timestamptz 'infinity') else act.at end
    and secret.last_at > act.at
  union
  select token.token, held.exposure_id
  from token
  join provider_act as act
    on token.token = act.token
  join held
    on held.path = 'provider_read'
    and act.object = held.object
    and act.version is not distinct from held.version
    and act.at between held.first_at and held.last_at
    and (held.holder.kind = 'pod' or held.holder.id in (token.identity, act.actor))
), way as (
  select
    held.exposure_id,
    held.observed,
    0 as depth,
    case
      when asked.kind in ('pod', 'node') and held.holder.kind = asked.kind then 'self'
      when held.holder.kind = 'pod' then 'pod'
      when asked.kind = 'pod' then 'service_account'
      when asked.kind = 'node' then 'node'
      else 'self'
    end as via
  from asked
  join held
    on (asked.cluster is null or held.holder.cluster is null or asked.cluster = held.holder.cluster)
    and case held.holder.kind
      when 'identity' then asked.identity = held.holder.id
        and (
          asked.kind <> 'pod'
          or (
            held.last_at >= asked.first_at - held.slack
            and held.first_at <= coalesce(asked.last_at, timestamptz 'infinity') + held.slack
          )
        )
      when 'pod' then case asked.kind
        when 'pod' then asked.id = held.holder.id
        when 'node' then asked.name = held.holder.node
        when 'service-account' then asked.namespace = held.holder.namespace and asked.name = held.holder.service_account
        else false
      end
      when 'node' then asked.kind = 'node' and asked.id = held.holder.id
      else false
    end
  union all
  -- What a token could have done.
  select
    held.exposure_id,
    false,
    token.depth,
    case
      when not token.is_asked then 'token:' || token.token
      when held.holder.kind = 'pod' then 'pod'
      else 'service_account'
    end
  from token
  join held
    on (token.cluster is null or held.holder.cluster is null or token.cluster = held.holder.cluster)
    and case
      when held.holder.kind = 'identity' then token.identity = held.holder.id
      when held.holder.kind <> 'pod' or held.path not in ('csi_mount', 'provider_read') then false
      when token.pod_id is not null then token.pod_id = held.holder.id
      else token.identity = 'system:serviceaccount:' || held.holder.namespace || ':' || held.holder.service_account
    end
  where token.kind = 'service_account_token'
    and (token.depth > 0 or token.is_asked)
    and (token.issued_at is null or held.last_at >= token.issued_at - held.slack)
    and (token.expires_at is null or held.first_at <= token.expires_at + held.slack)
  union all
  -- What it is shown to have done.
  select
    held.exposure_id,
    held.observed and token.grade <> 'candidate',
    token.depth,
    case when token.is_asked then 'self' else 'token:' || token.token end
  from token
  join shown
    on token.token = shown.token
  join held
    on shown.exposure_id = held.exposure_id
), nearest as (
  select
    exposure_id,
    arg_min(
      struct_pack(observed := observed, via := via),
      struct_pack(
        unobserved := not observed,
        depth := depth,
        place := case via when 'self' then 1 when 'service_account' then 2 when 'pod' then 3 when 'node' then 4 else 5 end,
        via := via
      )
    ) as best
  from way
  group by exposure_id
)
select
  exposure.exposure_id as id,
  exposure.object,
  exposure.version,
  exposure.version_grade,
  exposure.fields,
  exposure.holder,
  nearest.best.via as via,
  exposure.path,
  nearest.best.observed as observed,
  exposure.grade,
  exposure.alternatives,
  exposure.first_at,
  exposure.last_at,
  exposure.end_state,
  exposure.seen_from,
  exposure.links
from nearest
join exposure
  on nearest.exposure_id = exposure.exposure_id
where ($until is null or exposure.first_at <= $until::timestamptz)
  and ($since is null or exposure.last_at is null or exposure.last_at >= $since::timestamptz)
  and ($cluster is null or exposure.holder.cluster is null or exposure.holder.cluster = $cluster)
order by exposure.first_at, exposure.object, exposure.version, exposure.holder.id, exposure.path, exposure.exposure_id
