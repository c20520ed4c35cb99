/* ---
title: Who could read an object by the provider's own policies, and who never did
question: Which identities had policies that let them read this object, from when until when, and did they ever read it?
sources: [provider_objects, vault_audit, aws_cloudtrail, azure_key_vault, gcp_audit]
severity: medium
attack: [T1555, T1078.004]
params:
  object: { type: varchar, doc: "Canonical reference of the object" }
  at: { type: timestamp, default: null, doc: "Only who could at this time; all without" }
  unused: { type: boolean, default: false, doc: "Only who is not known to have read it" }
misses: >-
  Policies that were not landed, and what they were before they were printed. Rights that somebody could give
  himself. Conditions are not evaluated (Sentinel policies, control groups and MFA of Vault, nearly all of the clouds):
  such a reader is a candidate. What stands above an account, custom roles, members of groups, and who else may act
  as a reader. Reads before the landed log begins.
next:
  - "`exposure/exposures` tells what those who read it hold, `coverage/unknowns` which policies are missing"
references:
  - https://developer.hashicorp.com/vault/docs/concepts/policies
  - https://developer.hashicorp.com/vault/api-docs/auth/kubernetes
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
  - https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
  - https://learn.microsoft.com/azure/key-vault/general/rbac-guide
  - https://cloud.google.com/secret-manager/docs/access-control
--- */
with reader as (
  select entity.cluster, entity.name as identity, link.rule, link.valid_from, link.valid_to, link.grade, link.evidence
  from link
  join entity
    on link.to_id = entity.entity_id
  where link.kind = 'could_read'
    and link.from_id = 'provider_object:' || $object
    and starts_with(link.rule, 'provider policy: ')
    and ($at is null or link.valid_from <= $at::timestamptz)
    and ($at is null or link.valid_to is null or link.valid_to > $at::timestamptz)
), read_by as (
  -- AWS logs a session, and whose it is as its role.
  select
    case when provider = 'aws' then coalesce(role, actor) else actor end as identity,
    min("at") as first_read_at,
    max("at") as last_read_at,
    count(*) as reads
  from fact_provider_read
  where object = $object
  group by all
), let_in as (
  select
    provider_account.identity,
    list(distinct concat_ws(' ', cluster, namespace || '/' || service_account, '(' || kind || ', ' || grade || ')')) as accounts
  from provider_account
  where ($at is null or valid_from <= $at::timestamptz)
    and ($at is null or valid_to is null or valid_to > $at::timestamptz)
  group by provider_account.identity
)
select
  reader.cluster,
  reader.identity,
  substr(rule, len('provider policy: ') + 1) as policies,
  list_sort(coalesce(accounts, [])) as accounts,
  valid_from,
  valid_to,
  coalesce(reads, 0) as reads,
  first_read_at,
  last_read_at,
  grade,
  evidence
from reader
left join read_by using (identity)
left join let_in using (identity)
where not $unused
  or reads is null
order by reader.identity, reader.cluster, valid_from, policies, evidence
