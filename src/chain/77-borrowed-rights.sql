-- Rights of others that a subject may use: by impersonation, by a token made for a service account, by a
-- pod that runs as one. Two steps are followed (one may become one who may become another), a third is not.
-- Accounts are put on as such, not as users of their name: that leave is of no use.
create or replace temp table held_right as
select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence, by_group
from subject_right
where target in ('secret', 'pod', 'node', 'namespace', 'token', 'as_account', 'as_user', 'as_group')
  and not (target = 'as_user' and coalesce(starts_with(name, 'system:serviceaccount:'), false))
union all
select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence, false
from given_right;

-- Whom a subject may become: one by name, or (the name null) all accounts of a namespace, all users, all
-- groups. Groups are put on together with a user, so they need leave for one. A user comes without groups
-- but system:authenticated, which everybody has; an account's groups follow from its name.
-- https://github.com/kubernetes/apiserver/blob/v0.33.0/pkg/endpoints/filters/impersonation.go
create or replace temp table borrowing as
select cluster, subject_kind, subject, 'account' as becomes, namespace,
  case when target <> 'namespace' then name end as name,
  case target when 'token' then 'token for' when 'as_account' then 'impersonate' else 'run a pod as' end as means,
  rank, valid_from, until_at, evidence, by_group
from held_right
where target in ('token', 'as_account', 'namespace')
union all
select cluster, subject_kind, subject, 'user', null, name, 'impersonate', rank, valid_from, until_at, evidence, by_group
from held_right
where target = 'as_user'
union all
select held_right.cluster, held_right.subject_kind, held_right.subject, 'group', null, held_right.name, 'impersonate',
  greatest(held_right.rank, worn.rank),
  greatest(held_right.valid_from, worn.valid_from),
  least(held_right.until_at, worn.until_at),
  sorted_set(held_right.evidence || worn.evidence),
  held_right.by_group or worn.by_group
from held_right
join held_right as worn
  on held_right.cluster = worn.cluster
  and held_right.subject_kind = worn.subject_kind
  and held_right.subject = worn.subject
  and held_right.valid_from < worn.until_at
  and worn.valid_from < held_right.until_at
where held_right.target = 'as_group'
  and worn.target in ('as_user', 'as_account');

-- Borrower and lender meet by equal keys: the widest that the borrower may, and all that the lender goes by.
create or replace temp macro lending_key(becomes, namespace, name) as
  becomes || '/' || coalesce(namespace, '*') || '/' || coalesce(name, '*');

create or replace temp table borrowing_key as
with keys as (
  select *, unnest(case becomes
    when 'account' then [
      lending_key('account', namespace, name),
      lending_key('group', null, 'system:serviceaccounts'),
      case when namespace is null then lending_key('accounts', null, null)
        else lending_key('group', null, 'system:serviceaccounts:' || namespace) end
    ]
    else [lending_key(becomes, null, name)]
  end) as key
  from borrowing
)
-- Of several ways to the same, the surest; it is one that is named, not all.
select cluster, subject_kind, subject, key, valid_from, until_at, by_group,
  min(rank) as rank,
  arg_min(means, struct_pack(rank := rank, means := means, evidence := evidence)) as means,
  arg_min(evidence, struct_pack(rank := rank, means := means, evidence := evidence)) as evidence
from keys
group by cluster, subject_kind, subject, key, valid_from, until_at, by_group;

create or replace temp macro lender_keys(subject_kind, subject) as
  case
    when subject_kind = 'user' and starts_with(subject, 'system:serviceaccount:') then [
      lending_key('account', split_part(subject, ':', 3), split_part(subject, ':', 4)),
      lending_key('account', split_part(subject, ':', 3), null),
      lending_key('account', null, split_part(subject, ':', 4)),
      lending_key('account', null, null)
    ]
    when starts_with(subject, 'system:serviceaccounts:') then [
      lending_key(subject_kind, null, subject),
      lending_key(subject_kind, null, null),
      lending_key('accounts', null, null)
    ]
    else [lending_key(subject_kind, null, subject), lending_key(subject_kind, null, null)]
  end;

-- One step: the rights of lenders that a borrower has not by itself. The rights held are `own`.
create or replace temp macro borrowed_of(lenders, owners) as table
with lending as (
  select *, unnest(lender_keys(subject_kind, subject)) as key
  from query_table(lenders)
  where not by_group
    and subject <> 'system:authenticated'
), met as (
  select borrower.cluster, borrower.subject_kind, borrower.subject, lending.target, lending.namespace, lending.name,
    lending.subject as lender, borrower.means || ' ' || lending.subject || ': ' || array_to_string(lending.means, ', ') as means,
    greatest(borrower.rank, lending.rank) as rank,
    greatest(borrower.valid_from, lending.valid_from) as valid_from,
    least(borrower.until_at, lending.until_at) as until_at,
    borrower.evidence as borrower_evidence, lending.evidence as lender_evidence, borrower.by_group
  from lending
  join borrowing_key as borrower
    on lending.cluster = borrower.cluster
    and lending.key = borrower.key
    and lending.valid_from < borrower.until_at
    and borrower.valid_from < lending.until_at
  where (borrower.subject_kind, borrower.subject) <> (lending.subject_kind, lending.subject)
), fresh as (
  select met.*
  from met
  where not exists (
    from query_table(owners) as own
    where own.cluster = met.cluster
      and own.subject_kind = met.subject_kind
      and own.subject = met.subject
      and covers(own.target, own.namespace, own.name, met.target, met.namespace, met.name)
      and own.valid_from <= met.valid_from
      and own.until_at >= met.until_at
      and own.rank <= met.rank
  )
)
select cluster, subject_kind, subject, target, namespace, name,
  [arg_min(means, struct_pack(rank := rank, means := means))] as means,
  min(rank) as rank, valid_from, until_at,
  sorted_set(
    arg_min(borrower_evidence, struct_pack(rank := rank, means := means, one := borrower_evidence, two := lender_evidence))
    || arg_min(lender_evidence, struct_pack(rank := rank, means := means, one := borrower_evidence, two := lender_evidence))
  ) as evidence,
  bool_and(by_group) as by_group
from fresh
group by cluster, subject_kind, subject, target, namespace, name, valid_from, until_at;

create or replace temp table borrowed_once as
from borrowed_of('held_right', 'held_right');

create or replace temp table had_once as
from held_right
union all by name
from borrowed_once;

create or replace temp table borrowed_right as
from borrowed_once
union all by name
from borrowed_of('borrowed_once', 'had_once');
