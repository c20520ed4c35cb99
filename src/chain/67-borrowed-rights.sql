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
select distinct cluster, subject_kind, subject, 'account' as becomes, namespace,
  case when target <> 'namespace' then name end as name,
  case target when 'token' then 'token for' when 'as_account' then 'impersonate' else 'run a pod as' end as means,
  rank, valid_from, until_at, evidence, by_group
from held_right
where target in ('token', 'as_account', 'namespace')
union all
select distinct cluster, subject_kind, subject, 'user', null, name, 'impersonate', rank, valid_from, until_at, evidence, by_group
from held_right
where target = 'as_user'
union all
select distinct held_right.cluster, held_right.subject_kind, held_right.subject, 'group', null, held_right.name, 'impersonate',
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

-- Rights that may be borrowed, by the kind of name they go by.
create or replace temp macro account_namespace(subject) as nullif(split_part(subject, ':', 3), '');
create or replace temp macro account_name(subject_kind, subject) as
  case when subject_kind = 'user' then split_part(subject, ':', 4) end;
create or replace temp macro lent_kind(subject_kind, subject) as
  case
    when subject_kind = 'user' and starts_with(subject, 'system:serviceaccount:') then 'account'
    when subject_kind = 'group' and subject = 'system:serviceaccounts' then 'account'
    when subject_kind = 'group' and starts_with(subject, 'system:serviceaccounts:') then 'account'
    else subject_kind
  end;

create or replace temp table borrowed_right as
with recursive lending as (
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence, by_group, 0 as steps
  from held_right
  where subject <> 'system:authenticated'
  union
  select borrowing.cluster, borrowing.subject_kind, borrowing.subject, lending.target, lending.namespace, lending.name,
    [borrowing.means || ' ' || lending.subject || ': ' || array_to_string(lending.means, ', ')],
    greatest(borrowing.rank, lending.rank),
    greatest(borrowing.valid_from, lending.valid_from),
    least(borrowing.until_at, lending.until_at),
    sorted_set(borrowing.evidence || lending.evidence),
    borrowing.by_group,
    steps + 1
  from lending
  join borrowing
    on lending.cluster = borrowing.cluster
    and lending.valid_from < borrowing.until_at
    and borrowing.valid_from < lending.until_at
    and (
      (
        borrowing.becomes = 'account'
        and lent_kind(lending.subject_kind, lending.subject) = 'account'
        and coalesce(borrowing.namespace, account_namespace(lending.subject), '') = coalesce(account_namespace(lending.subject), borrowing.namespace, '')
        and coalesce(borrowing.name, account_name(lending.subject_kind, lending.subject), '') = coalesce(account_name(lending.subject_kind, lending.subject), borrowing.name, '')
      )
      or (
        borrowing.becomes = lending.subject_kind
        and lent_kind(lending.subject_kind, lending.subject) = lending.subject_kind
        and coalesce(borrowing.name, lending.subject) = lending.subject
      )
      -- Groups of accounts may be put on by name as well.
      or (
        borrowing.becomes = 'group'
        and lending.subject_kind = 'group'
        and borrowing.name = lending.subject
      )
    )
  where steps < 2
    and not lending.by_group
    and borrowing.subject <> lending.subject
    and not exists (
      from held_right as own
      where own.cluster = borrowing.cluster
        and own.subject_kind = borrowing.subject_kind
        and own.subject = borrowing.subject
        and covers(own.target, own.namespace, own.name, lending.target, lending.namespace, lending.name)
        and own.valid_from <= greatest(borrowing.valid_from, lending.valid_from)
        and own.until_at >= least(borrowing.until_at, lending.until_at)
        and own.rank <= greatest(borrowing.rank, lending.rank)
    )
)
select *
from lending
where steps > 0;
