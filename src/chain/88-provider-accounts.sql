-- provider_account: the service accounts that providers let in as an identity of theirs. The cluster is the one that
-- its issuer is known to be of; else any landed one that has such an account.
-- https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
-- https://learn.microsoft.com/entra/workload-id/workload-identity-federation

create or replace temp table binding_revision as
with stated as (
  select provider, kind, statement, identity, accounts, evidence, event_id, coalesce(firm, true) as firm, "at" as valid_from,
    row_number() over statements as number,
    coalesce(lead("at") over statements, never()) as until_at
  from fact_provider_binding
  where "at" is not null
  window statements as (partition by provider, statement, identity order by "at", event_id)
), listed as (
  select * exclude (accounts), unnest(accounts) as account
  from stated
  where valid_from < until_at
)
select listed.* exclude (account, number, identity), coalesce(means, identity) as identity, account.auth_mount, account.conditional,
  case when number = 1 then timestamptz '0001-01-01 00:00:00Z' else valid_from end as used_from,
  account.subject,
  replace(replace(regexp_escape(account.subject), '\*', '.*'), '\?', '.') as pattern,
  issuer_cluster.cluster as issuer_cluster
from listed
left join issuer_cluster
  on account.auth_mount = issuer_cluster.auth_mount
left join provider_name
  on listed.provider = provider_name.provider
  and listed.identity = provider_name.name;

insert into provider_account
with told as (
  select binding_revision.*, known_account.cluster, known_account.namespace, known_account.service_account,
    count(*) over (
      partition by provider, statement, identity, valid_from, subject, auth_mount, known_account.namespace, known_account.service_account
    ) as clusters
  from binding_revision
  join known_account
    on regexp_full_match('system:serviceaccount:' || known_account.namespace || ':' || known_account.service_account, pattern)
    and coalesce(issuer_cluster = known_account.cluster, true)
), untold as (
  select *, null as cluster, split_part(subject, ':', 3) as namespace, coalesce(nullif(split_part(subject, ':', 4), ''), '*') as service_account,
    1 as clusters
  from binding_revision
  where not exists (
    from told
    where told.provider = binding_revision.provider
      and told.statement = binding_revision.statement
      and told.identity = binding_revision.identity
      and told.valid_from = binding_revision.valid_from
      and told.subject = binding_revision.subject
      and told.auth_mount is not distinct from binding_revision.auth_mount
  )
), named as (
  from told
  union all by name
  from untold
)
select provider, identity, kind, statement, auth_mount, cluster, namespace, service_account, valid_from,
  nullif(until_at, never()), used_from,
  case
    when conditional or clusters > 1 then 'candidate'
    when issuer_cluster is null or not firm then 'inferred'
    else 'matched'
  end,
  evidence
from named
group by all
order by provider, identity, statement, valid_from, cluster, namespace, service_account;
