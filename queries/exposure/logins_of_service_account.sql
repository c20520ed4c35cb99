/* ---
title: Provider logins of a service account, by address
question: From where did this service account log in to the provider, and is one address unlike the others?
sources: [vault_audit]
severity: medium
attack: [T1078, T1528]
params:
  namespace: { type: varchar, doc: Namespace of the service account }
  service_account: { type: varchar, doc: Name of the service account }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: >-
  Where Vault stands behind a load balancer all addresses are the balancer's, unless
  x_forwarded_for_authorized_addrs is set. JWT roles without claim mappings may hide the account.
next:
  - An address that is no provider pod's and no node's is outside; compare with kubectl get pods -A -o wide
  - "`exposure/reads_without_mount` shows what was read from there"
references:
  - https://developer.hashicorp.com/vault/docs/auth/kubernetes
  - https://developer.hashicorp.com/vault/docs/configuration/listener/tcp
--- */
with login as (
  select *
  from fact_provider_login
  where namespace = $namespace
    and service_account = $service_account
    and ($since is null or "at" >= $since::timestamptz)
    and ($until is null or "at" <= $until::timestamptz)
)
select
  address,
  auth_mount,
  role,
  coalesce(succeeded, true) as succeeded,
  user_agent,
  count(*) as logins,
  min("at") as first_at,
  max("at") as last_at,
  arg_min(evidence, struct_pack(t := "at", id := event_id)) as evidence
from login
group by address, auth_mount, role, coalesce(succeeded, true), user_agent
order by first_at, address, auth_mount, role, succeeded, user_agent
