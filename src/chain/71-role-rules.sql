-- The rules of each role as of a time, those of aggregated ClusterRoles among them.
-- https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles

create or replace temp table role_own_rule as
with entries as (
  select role_revision.* exclude (rules, labels),
    unnest(from_json(rules, '[{
      "verbs": ["VARCHAR"], "apiGroups": ["VARCHAR"], "resources": ["VARCHAR"], "resourceNames": ["VARCHAR"]
    }]')) as entry
  from role_revision
  where rules is not null
)
select cluster, kind, namespace, name, aggregation is not null as aggregated,
  struct_pack(
    verbs := sorted_set(coalesce(entry.verbs, [])),
    api_groups := sorted_set(coalesce(entry."apiGroups", [])),
    resources := sorted_set(entry.resources),
    resource_names := sorted_set(coalesce(entry."resourceNames", []))
  ) as rule,
  valid_from, until_at, certain, firm, seen_first, evidence
from entries
-- Rules of nonResourceURLs reach no Secret.
where len(entry.resources) > 0;

-- metav1.LabelSelector: all of matchLabels and all expressions; an empty selector takes everything.
-- https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
create or replace temp macro selector_takes(selector, labels) as
  len(list_filter(
    coalesce(map_entries(from_json(selector -> '$.matchLabels', '"MAP(VARCHAR,VARCHAR)"')), []),
    lambda wanted: labels[wanted.key] is distinct from wanted.value
  )) = 0
  and len(list_filter(
    coalesce(from_json(selector -> '$.matchExpressions', '[{"key": "VARCHAR", "operator": "VARCHAR", "values": ["VARCHAR"]}]'), []),
    lambda expression: not case expression.operator
      when 'In' then coalesce(list_contains(expression.values, labels[expression.key]), false)
      when 'NotIn' then coalesce(not list_contains(expression.values, labels[expression.key]), true)
      when 'Exists' then labels[expression.key] is not null
      when 'DoesNotExist' then labels[expression.key] is null
      else false
    end
  )) = 0;

create or replace temp table role_selection as
with selectors as (
  select cluster, name, valid_from, until_at, firm, certain, evidence,
    unnest(from_json(coalesce(aggregation -> '$.clusterRoleSelectors', aggregation), '["JSON"]')) as selector
  from role_revision
  where aggregation is not null
    and kind = 'ClusterRole'
), labelled as (
  select cluster, name, valid_from, until_at, firm, certain, evidence, from_json(labels, '"MAP(VARCHAR,VARCHAR)"') as labels
  from role_revision
  where labels is not null
    and kind = 'ClusterRole'
)
select distinct selectors.cluster, selectors.name as aggregate, labelled.name as component,
  greatest(selectors.valid_from, labelled.valid_from) as valid_from,
  least(selectors.until_at, labelled.until_at) as until_at,
  selectors.firm and labelled.firm as firm,
  selectors.certain and labelled.certain as certain,
  selectors.evidence
from selectors
join labelled
  on selectors.cluster = labelled.cluster
  and selectors.name <> labelled.name
  and selectors.valid_from < labelled.until_at
  and labelled.valid_from < selectors.until_at
where selector_takes(selector, labelled.labels);

-- Aggregates of aggregates: `admin` takes `edit`, which takes `view`. Four levels are more than anybody
-- has; the limit also ends circles.
create or replace temp table role_component as
with recursive climb as (
  select cluster, aggregate, component, valid_from, until_at, firm, certain, evidence, 1 as depth
  from role_selection
  union
  select climb.cluster, climb.aggregate, role_selection.component,
    greatest(climb.valid_from, role_selection.valid_from),
    least(climb.until_at, role_selection.until_at),
    climb.firm and role_selection.firm,
    climb.certain and role_selection.certain,
    sorted_set(climb.evidence || role_selection.evidence),
    depth + 1
  from climb
  join role_selection
    on climb.cluster = role_selection.cluster
    and climb.component = role_selection.aggregate
    and climb.valid_from < role_selection.until_at
    and role_selection.valid_from < climb.until_at
  where depth < 4
    and role_selection.component <> climb.aggregate
)
select distinct cluster, aggregate, component, valid_from, until_at, firm, certain, evidence
from climb;

-- What the selected roles give. The controller's write of it follows within a second, and need not be logged.
create or replace temp table role_selected_rule as
select role_component.cluster, aggregate as name, rule,
  greatest(role_component.valid_from, role_own_rule.valid_from) as valid_from,
  least(role_component.until_at, role_own_rule.until_at) as until_at,
  role_component.certain and role_own_rule.certain as certain,
  role_component.firm and role_own_rule.firm as firm,
  seen_first,
  sorted_set(role_component.evidence || role_own_rule.evidence) as evidence
from role_component
join role_own_rule
  on role_component.cluster = role_own_rule.cluster
  and role_component.component = role_own_rule.name
  and role_component.valid_from < role_own_rule.until_at
  and role_own_rule.valid_from < role_component.until_at
where role_own_rule.kind = 'ClusterRole'
  and not role_own_rule.aggregated;

-- The controller's write of an aggregate's rules counts as well: it shows rules of roles that no log
-- shows. A rule that a known role gave ends with it, though the write that takes it away was not logged.
create or replace temp table role_rule as
with explained as (
  select stated.cluster, stated.name, stated.rule, stated.valid_from, max(selected.until_at) as until_at
  from role_own_rule as stated
  join role_selected_rule as selected
    on stated.cluster = selected.cluster
    and stated.name = selected.name
    and stated.rule = selected.rule
    and stated.valid_from < selected.until_at
    and selected.valid_from < stated.until_at
  where stated.aggregated
  group by stated.cluster, stated.name, stated.rule, stated.valid_from
)
select stated.cluster, stated.kind, stated.namespace, stated.name, stated.rule, stated.valid_from,
  least(stated.until_at, explained.until_at) as until_at,
  stated.certain, stated.firm, stated.seen_first, stated.evidence
from role_own_rule as stated
left join explained
  on stated.cluster = explained.cluster
  and stated.name = explained.name
  and stated.rule = explained.rule
  and stated.valid_from = explained.valid_from
  and stated.aggregated
union all
select cluster, 'ClusterRole', '', name, rule, valid_from, until_at, certain, firm, seen_first, evidence
from role_selected_rule;
