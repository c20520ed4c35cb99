-- What people state about workloads and no cluster knows: what one is for, who reviews its access, and
-- when they last did. From labels and annotations of the pod, then of its workload, then from custody.yaml,
-- where the entry that says more goes first. A key may have the team's own prefix: example.com/purpose.
-- The words of the question that every governance record asks; another word states no purpose.
create or replace temp macro purpose_of(word) as
  list_filter(
    ['model_api', 'retrieval_store', 'tool_execution', 'data_pipeline', 'signing', 'telemetry', 'administrative_automation'],
    lambda purpose: purpose = replace(lower(trim(word)), '-', '_')
  )[1];

create or replace temp table steward_statement as
with bodies as (
  select pod_fact.cluster, pod_fact.namespace, pod_id, null::varchar as workload, 'pod' as bearer, pod_fact.at, pod_fact.event_id,
    pod_fact.evidence, pod_fact.firm, pod_fact.action = 'created' as made, fact_pod.labels, fact_pod.annotations
  from pod_fact
  join fact_pod
    on pod_fact.cluster = fact_pod.cluster
    and pod_fact.event_id = fact_pod.event_id
    and pod_fact.at = fact_pod.at
    and pod_fact.uid is not distinct from fact_pod.uid
    and pod_fact.name is not distinct from fact_pod.name
  where (pod_fact.cluster, pod_id) in (select (cluster, pod_id) from pod_mount)
  union all
  select cluster, namespace, null, kind || '/' || name, 'workload', "at", event_id, evidence, firm, action = 'created', labels, annotations
  from fact_workload
), worded as (
  select * exclude (labels, annotations), bearer || ' label ' as place, labels as words, case bearer when 'pod' then 1 else 3 end as preference
  from bodies
  union all
  select * exclude (labels, annotations), bearer || ' annotation ', annotations, case bearer when 'pod' then 2 else 4 end
  from bodies
), keyed as (
  select *, unnest(json_keys(words)) as key
  from worded
  -- Nearly none says any of it, and to look for the word is quicker than to take all keys apart.
  where contains(words::varchar, 'purpose')
     or contains(words::varchar, 'access-review')
     -- A key may be written with escapes.
     or contains(words::varchar, '\')
), named as (
  select *, regexp_extract(key, '^(?:[^/]+/)?(purpose|access-review-owner|last-access-review)$', 1) as word,
    trim(words ->> ('$."' || key || '"')) as text
  from keyed
), attributed as (
  select *, place || key as rule,
    case word
      when 'purpose' then 'purpose'
      when 'access-review-owner' then 'review_owner'
      when 'last-access-review' then 'reviewed_on'
    end as attribute,
    case word
      when 'purpose' then purpose_of(text)
      when 'access-review-owner' then nullif(text, '')
      when 'last-access-review' then try_cast(text as date)::varchar
    end as value
  from named
)
select cluster, namespace, pod_id, workload, attribute, value, "at", event_id, evidence, coalesce(firm, true) as firm, made, rule,
  preference
from attributed
where value is not null;

insert into stewardship
with compared as (
  select *,
    lag(value) over statements as value_before,
    row_number() over statements as number
  from steward_statement
  window statements as (
    partition by cluster, namespace, pod_id, workload, attribute, rule
    order by "at", event_id, evidence, value
  )
)
select cluster, namespace, pod_id, workload, null, attribute, value, "at",
  lead("at") over (partition by cluster, namespace, pod_id, workload, attribute, rule order by number),
  case when number = 1 and not made then timestamptz '0001-01-01 00:00:00Z' else "at" end,
  preference, rule, case when firm then 'recorded' else 'inferred' end, evidence
from compared
where number = 1
   or value <> value_before;

-- A team's next custody.yaml replaces the one before as a whole.
insert into stewardship
with files as (
  select team, cluster, "at", row_number() over (partition by team, cluster order by "at") as number,
    lead("at") over (partition by team, cluster order by "at") as next_at
  from (select distinct team, cluster, "at" from fact_stewardship)
), attributed as (
  select fact_stewardship.*, files.number, files.next_at, unnest([
    struct_pack(attribute := 'purpose', value := purpose_of(purpose)),
    struct_pack(attribute := 'review_owner', value := review_owner),
    struct_pack(attribute := 'reviewed_on', value := reviewed_on::varchar)
  ]) as entry
  from fact_stewardship
  join files
    on fact_stewardship.team = files.team
    and fact_stewardship.cluster is not distinct from files.cluster
    and fact_stewardship.at = files.at
)
select cluster, namespace, null, workload, class, entry.attribute, entry.value, "at", next_at,
  case when number = 1 then timestamptz '0001-01-01 00:00:00Z' else "at" end,
  7 - (workload is not null)::integer - (class is not null)::integer,
  'custody.yaml of team ' || team,
  case when coalesce(firm, true) then 'recorded' else 'inferred' end, evidence
from attributed
where entry.value is not null;
