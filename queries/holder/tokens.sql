/* ---
title: Tokens that a holder has, asked for, or could have asked for
question: Which tokens are this holder's, which did it ask for, and which came of those, one after the other?
sources: [k8s_audit, vault_audit]
severity: high
attack: [T1528, T1550.001]
params:
  holders: { type: json, doc: "Rows of chain/holders" }
  clock_skew_seconds: { type: integer, default: 5, doc: How far the clocks of cluster and provider may be apart }
misses: >-
  Tokens of a cluster whose TokenRequests are not logged, tokens kept in Secrets (they have no id), and what
  a stolen token asked for by other ways. Where the log does not say with which token another was asked for,
  every token of the same account that was valid then may be it: grade `candidate`. Audiences are not
  weighed: a token for the provider is not taken by the API server.
next:
  - "`holder/exposures` tells which versions they reach"
  - custody show <evidence id> opens the request that made one
references:
  - https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
  - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
  - https://developer.hashicorp.com/vault/docs/concepts/tokens#token-hierarchies-and-orphan-tokens
--- */
with recursive asked as (
  select unnest(
    from_json($holders::json, '[{
      "kind": "varchar", "cluster": "varchar", "id": "varchar", "identity": "varchar",
      "first_at": "timestamptz", "last_at": "timestamptz"
    }]'),
    recursive := true
  )
), used as (
  select cluster, credential, actor, evidence, "at", event_id
  from fact_token
  union all
  select cluster, credential, actor, evidence, "at", event_id
  from fact_kubernetes_secret_read
  union all
  select cluster, credential, actor, evidence, "at", event_id
  from fact_pod_access
  union all
  select cluster, credential, actor, evidence, "at", event_id
  from fact_node_access
), mount_cluster as (
  -- Where an auth mount belongs to one cluster alone, so do the tokens that log in at it.
  select instance, auth_mount, min(cluster) as cluster
  from auth_mount_use
  group by instance, auth_mount
  having count(distinct cluster) = 1
), stated as (
  select
    'service_account_token' as kind,
    cluster,
    coalesce(jti, event_id) as token,
    'system:serviceaccount:' || namespace || ':' || service_account as identity,
    actor as issued_to,
    credential as requested_with,
    credential_pod_uid as requested_from,
    pod_uid as pod_id,
    pod_name as pod,
    audiences,
    "at" as issued_at,
    expires_at,
    evidence,
    event_id
  from fact_token
  where namespace is not null
    and service_account is not null
  union all
  -- Known by its use alone: when and by whom it was asked for is in no landed log.
  select 'service_account_token', cluster, credential, actor, null, null, null, null, null, null, null, null, evidence, event_id
  from used
  where credential is not null
    and credential not in (select jti from fact_token where jti is not null)
  union all
  select
    'provider_session',
    mount_cluster.cluster,
    provider || '/' || case when provider = 'aws' then '' else coalesce(login.instance, '') || '/' end || session,
    coalesce('system:serviceaccount:' || namespace || ':' || service_account, actor),
    coalesce('system:serviceaccount:' || namespace || ':' || service_account, actor),
    coalesce(provider || '/' || case when provider = 'aws' then '' else coalesce(login.instance, '') || '/' end || parent_session, jti),
    pod_uid,
    pod_uid,
    pod_name,
    null,
    "at",
    null,
    evidence,
    event_id
  from fact_provider_login as login
  left join mount_cluster
    on login.instance = mount_cluster.instance
    and login.auth_mount = mount_cluster.auth_mount
  where session is not null
    and coalesce(succeeded, true)
), issued as (
  select
    concat_ws(' ', kind, cluster, token) as token_key,
    kind,
    cluster,
    token,
    to_seconds(case kind when 'provider_session' then $clock_skew_seconds else 0 end) as slack,
    arg_min(stated, struct_pack("at" := issued_at, event := event_id)) as said
  from stated
  group by kind, cluster, token
), session_pod as (
  select
    substr(to_id, len('provider_session:') + 1) as session,
    from_id,
    case grade when 'recorded' then 1 when 'matched' then 2 when 'inferred' then 3 else 4 end as rank
  from link
  where kind = 'logged_in'
    and starts_with(from_id, 'pod:')
), own as (
  select issued.token_key, 0 as depth, 1 as rank, asked.kind = 'token' as is_asked
  from asked
  join issued
    on (asked.cluster is null or issued.cluster is null or asked.cluster = issued.cluster)
    and case asked.kind
      when 'token' then issued.token = asked.id
      when 'pod' then issued.said.pod_id = asked.id
      when 'node' then false
      else issued.said.identity = asked.identity
    end
  union all
  select issued.token_key, 0, session_pod.rank, false
  from asked
  join session_pod
    on session_pod.from_id = 'pod:' || asked.cluster || '/' || asked.id
  join issued
    on issued.kind = 'provider_session'
    and session_pod.session = issued.token
  union all
  -- What its account asked for: by the pod itself where the log says so, by some pod of it where not.
  select issued.token_key, 1, case when asked.kind <> 'pod' or issued.said.requested_from is not null then 1 else 4 end, true
  from asked
  join issued
    on asked.identity = issued.said.issued_to
    and (asked.cluster is null or issued.cluster is null or asked.cluster = issued.cluster)
  where asked.kind <> 'pod'
     or issued.said.requested_from = asked.id
     or (
      issued.said.requested_from is null
      and issued.said.requested_with is null
      and issued.said.issued_at >= asked.first_at - issued.slack
      and (asked.last_at is null or issued.said.issued_at <= asked.last_at + issued.slack)
      and issued.token not in (select session from session_pod where rank < 4)
    )
), reached(token_key, depth, rank, is_asked) using key (token_key) as (
  select
    token_key,
    min(depth) as depth,
    arg_min(rank, struct_pack(depth := depth, rank := rank)) as rank,
    bool_or(is_asked) as is_asked
  from own
  group by token_key
  union
  select
    token_key,
    min(depth) as depth,
    min(rank) as rank,
    true as is_asked
  from (
    -- The log says with which token it was asked for.
    select child.token_key, reached.depth + 1 as depth, reached.rank
    from reached
    join issued as parent
      on reached.token_key = parent.token_key
    join issued as child
      on parent.token = child.said.requested_with
      and (child.cluster is null or parent.cluster = child.cluster)
    union all
    -- It says for which account only: each token of that account that was valid then may be it.
    select child.token_key, reached.depth + 1, 4
    from reached
    join issued as parent
      on reached.token_key = parent.token_key
    join issued as child
      on parent.said.identity = child.said.issued_to
      and (child.cluster is null or parent.cluster = child.cluster)
    left join session_pod
      on child.token = session_pod.session
      and session_pod.rank < 4
      and session_pod.from_id is distinct from 'pod:' || parent.cluster || '/' || parent.said.pod_id
    where reached.is_asked
      and parent.kind = 'service_account_token'
      and child.said.requested_with is null
      -- Before Kubernetes 1.30 a request names the pod of its token, and no token.
      and coalesce(child.said.requested_from = parent.said.pod_id, child.said.requested_from is null)
      and session_pod.session is null
      and (parent.said.issued_at is null or child.said.issued_at >= parent.said.issued_at - child.slack)
      and (parent.said.expires_at is null or child.said.issued_at <= parent.said.expires_at + child.slack)
  ) as step
  where token_key not in (select token_key from recurring.reached)
  group by token_key
)
select
  issued.token,
  issued.kind,
  issued.cluster,
  issued.said.identity as identity,
  issued.said.issued_to as issued_to,
  issued.said.requested_with as requested_with,
  issued.said.pod_id as pod_id,
  issued.said.pod as pod,
  issued.said.audiences as audiences,
  issued.said.issued_at as issued_at,
  issued.said.expires_at as expires_at,
  reached.depth,
  ['recorded', 'matched', 'inferred', 'candidate'][reached.rank] as grade,
  issued.said.evidence as evidence
from reached
join issued
  on reached.token_key = issued.token_key
order by reached.depth, issued_at, issued.kind, issued.token, issued.cluster
