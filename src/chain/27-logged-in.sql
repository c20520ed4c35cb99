-- logged_in: service account or pod -> provider session. The provider's log names the service account;
-- the pod only where JWT auth maps its claims. Else the pod is inferred from whose mount the session
-- served first, and every pod that fits is a candidate.
-- https://developer.hashicorp.com/vault/docs/auth/kubernetes https://developer.hashicorp.com/vault/docs/auth/jwt
create or replace temp table session_use as
select session, min(identity) as identity, min(class) as class, min(cluster) as cluster, min(namespace) as namespace,
  min(service_account) as service_account, min("at") as first_at, max("at") as last_at,
  arg_min(evidence, struct_pack("at" := "at", read_id := read_id)) as evidence
from provider_read
where session is not null
group by session;

create or replace temp table session_known as
select coalesce(uses.session, logins.session) as session,
  coalesce(
    'system:serviceaccount:' || uses.namespace || ':' || uses.service_account,
    'system:serviceaccount:' || logins.login.namespace || ':' || logins.login.service_account,
    uses.identity, logins.login.actor
  ) as identity,
  uses.cluster, coalesce(uses.namespace, logins.login.namespace) as namespace,
  coalesce(uses.service_account, logins.login.service_account) as service_account,
  coalesce(logins.login.at, uses.first_at) as first_at,
  coalesce(logins.login.evidence, uses.evidence) as evidence,
  logins.login is not null as login_seen
from session_use as uses
full join (
  select session_key as session, login
  from session_login
) as logins
  on uses.session = logins.session;

insert into link
select link_key('logged_in', from_id, session_entity(session), first_at), 'logged_in', from_id, session_entity(session),
  first_at, null, 'recorded', evidence, rule, login_document(session)
from (
  select session, first_at, evidence,
    case
      when service_account is not null and cluster is not null then account_entity(cluster, namespace, service_account)
      else identity_entity(cluster, identity)
    end as from_id,
    case when login_seen then 'provider login' else 'identity on the provider''s reads' end as rule
  from session_known
  where identity is not null
);

insert into link
select link_key('logged_in', pod_entity(session_pod.cluster, pod_id), session_entity(session), session_known.first_at), 'logged_in',
  pod_entity(session_pod.cluster, pod_id), session_entity(session), session_known.first_at, null,
  case when stated then 'recorded' when pods = 1 then 'inferred' else 'candidate' end,
  sorted_set(session_known.evidence || session_pod.evidence),
  case when stated then 'pod uid in the login claims' else 'the session first read for this mount' end,
  mount_login_document(session)
from session_pod
join session_known using (session)
where stated
  or (pods > 1 or not contested)
    and not exists (
      from session_pod as better
      where better.session = session_pod.session
        and better.stated
    );
