-- copy_read_by: Secret -> identity, and the exposures secret_read: who asked the API server for a Secret
-- while it held a version. Nothing logs what a list or a watch brought, so its scope and its selectors
-- decide. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
--
-- Controllers list and watch all day. So readers are joined, not their reads: each group of equal reads
-- (who, from where, asking what) meets each run of a Secret once, and the first and the last of its reads
-- within the run are looked up.
create or replace temp table secret_reading as
with asked as (
  select cluster, coalesce(actor, impersonated_as, 'unknown') as actor, actor_class, verb, namespace, name,
    nullif(label_selector, '') as label_selector, nullif(field_selector, '') as field_selector,
    source_ips[1] as ip, user_agent, "at", event_id, evidence, coalesce(firm, true) as firm,
    case when verb = 'watch' then coalesce(ended_at, never()) else "at" end as until_at
  from fact_kubernetes_secret_read
  where not coalesce(metadata_only, false)
    and cluster in (select cluster from secret_run)
)
select *,
  'reader ' || left(sha256(concat_ws(chr(10), cluster, actor, coalesce(actor_class, ''), verb = 'watch', coalesce(namespace, ''),
    coalesce(name, ''), coalesce(label_selector, ''), coalesce(field_selector, ''), coalesce(ip, ''), coalesce(user_agent, ''))), 16)
    as reader_id
from asked;

create or replace temp table secret_reader as
select reader_id, min(cluster) as cluster, min(actor) as actor, min(actor_class) as actor_class, bool_or(verb = 'watch') as watches,
  min(namespace) as namespace, min(name) as name, min(label_selector) as label_selector, min(field_selector) as field_selector,
  min(ip) as ip, min(user_agent) as user_agent
from secret_reading
group by reader_id;

create or replace temp table reader_step as
select *,
  row_number() over reads as number,
  max(until_at) over (partition by reader_id order by "at", event_id rows unbounded preceding) as open_until
from secret_reading
window reads as (
  partition by reader_id
  order by "at", event_id
);

-- One term of a selector against what is known: true, false, or null where it cannot be told.
-- Set-based terms and their meaning: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
create or replace temp macro term_values(term) as
  list_transform(string_split(regexp_extract(term, '\(([^)]*)\)', 1), ','), lambda one: trim(one));
create or replace temp macro term_key(term) as
  trim(regexp_extract(term, '^\s*!?\s*([^\s=!(]+)', 1));
create or replace temp macro term_fits(term, held) as
  case
    when regexp_matches(term, '\s+notin\s*\(') then held is null or not list_contains(term_values(term), held)
    when regexp_matches(term, '\s+in\s*\(') then held is not null and list_contains(term_values(term), held)
    when contains(term, '!=') then held is distinct from trim(split_part(term, '!=', 2))
    when contains(term, '=') then coalesce(held = trim(regexp_extract(term, '==?([^=]*)$', 1)), false)
    when starts_with(trim(term), '!') then held is null
    else held is not null
  end;
create or replace temp macro label_fits(selector, labels) as
  case
    when selector is null then true
    when labels is null then null
    else list_bool_and(list_transform(
      regexp_extract_all(selector, '[^,(]+(\([^)]*\))?'),
      lambda term: term_fits(term, json_extract_string(labels::json, '$."' || term_key(term) || '"'))
    ))
  end;
create or replace temp macro field_fits(selector, namespace, name, type) as
  case
    when selector is null then true
    else list_bool_and(list_transform(
      string_split(selector, ','),
      lambda term: case term_key(term)
        when 'metadata.name' then term_fits(term, name)
        when 'metadata.namespace' then term_fits(term, namespace)
        when 'type' then case when type is null then null else term_fits(term, type) end
        else true
      end
    ))
  end;

create or replace temp table reader_scope as
with labelled as (
  select secret_run.run_id, secret_run.cluster, secret_run.namespace, secret_run.name, secret_run.first_at,
    coalesce(secret_run.last_at, never()) as last_at,
    coalesce(secret_run.labels, case when path = 'synced_secret' then secret_label.labels end) as labels,
    coalesce(secret_run.type, case when path = 'synced_secret' then secret_label.type end) as type
  from secret_run
  left join secret_label
    on secret_run.cluster = secret_label.cluster
    and secret_run.namespace = secret_label.namespace
    and secret_run.name = secret_label.secret
), scoped as (
  select secret_reader.reader_id, labelled.*, label_selector, field_selector
  from secret_reader
  join labelled
    on secret_reader.cluster = labelled.cluster
    and secret_reader.namespace = labelled.namespace
    and secret_reader.name = labelled.name
  union all
  select secret_reader.reader_id, labelled.*, label_selector, field_selector
  from secret_reader
  join labelled
    on secret_reader.cluster = labelled.cluster
    and secret_reader.namespace = labelled.namespace
  where secret_reader.name is null
  union all
  select secret_reader.reader_id, labelled.*, label_selector, field_selector
  from secret_reader
  join labelled
    on secret_reader.cluster = labelled.cluster
  where secret_reader.namespace is null
    and coalesce(secret_reader.name = labelled.name, true)
), fitted as (
  select reader_id, run_id, cluster, namespace, name, first_at, last_at,
    label_fits(label_selector, labels) and field_fits(field_selector, namespace, name, type) as fits
  from scoped
)
select * exclude (fits), fits is null as doubtful
from fitted
where coalesce(fits, true);

-- The first and last read within each run; a watch that was open when the run began reads at its begin,
-- and one that goes on reads to its end.
create or replace temp table run_read as
with opening as (
  select reader_scope.*, earlier.number as number_before, earlier.open_until as open_before,
    earlier.evidence as evidence_before
  from reader_scope
  asof left join reader_step as earlier
    on reader_scope.reader_id = earlier.reader_id
    and reader_scope.first_at > earlier.at
), starting as (
  select opening.*, first_read.number as first_number, first_read.at as first_read_at, first_read.evidence as first_evidence
  from opening
  asof left join reader_step as first_read
    on opening.reader_id = first_read.reader_id
    and opening.first_at <= first_read.at
), ending as (
  select starting.*, last_read.number as last_number, last_read.at as last_read_at, last_read.evidence as last_evidence,
    last_read.open_until as open_until
  from starting
  asof left join reader_step as last_read
    on starting.reader_id = last_read.reader_id
    and starting.last_at > last_read.at
), joined as (
  select ending.*, secret_reader.watches,
    secret_reader.watches and open_before > ending.first_at as was_open,
    coalesce(first_read_at < ending.last_at, false) as is_read
  from ending
  join secret_reader using (reader_id)
)
select run_id, reader_id, doubtful,
  case when was_open then first_at else first_read_at end as first_at,
  case
    when not watches then last_read_at
    when coalesce(open_until, never()) >= last_at then last_at
    else open_until
  end as last_at,
  coalesce(last_number - first_number + 1, 0) + case when was_open then 1 else 0 end as count,
  sorted_set(
    case when was_open then evidence_before else first_evidence end
    || case when is_read then last_evidence else [] end
  ) as evidence
from joined
where was_open
   or is_read;

create or replace temp table secret_read as
with readers as (
  select run_read.run_id, secret_reader.actor,
    min(secret_reader.actor_class) as actor_class,
    min(first_at) as first_at, max(last_at) as last_at, bool_and(doubtful) as doubtful,
    arg_min(evidence, struct_pack(doubtful := doubtful, first_at := first_at, reader_id := reader_id)) as evidence
  from run_read
  join secret_reader using (reader_id)
  group by run_read.run_id, secret_reader.actor
)
select readers.*, secret_run.cluster, secret_run.namespace, secret_run.name, secret_run.object, secret_run.version,
  secret_run.alternatives, secret_run.fields, grade_rank(secret_run.version_grade) as version_rank,
  greatest(grade_rank(secret_run.grade), case when doubtful then 4 else 1 end) as grade_rank
from readers
join secret_run using (run_id);

create or replace temp table read_origin as
with counted as (
  select secret_reader.cluster, secret_reader.actor, secret_run.object, secret_run.version, secret_run.alternatives,
    secret_reader.ip, secret_reader.user_agent, sum(count)::bigint as count,
    min(run_read.first_at) as first_at, nullif(max(run_read.last_at), never()) as last_at
  from run_read
  join secret_run using (run_id)
  join secret_reader using (reader_id)
  group by secret_reader.cluster, secret_reader.actor, secret_run.object, secret_run.version, secret_run.alternatives,
    secret_reader.ip, secret_reader.user_agent
)
select cluster, actor, object, version, alternatives,
  list(
    struct_pack(ip := ip, user_agent := user_agent, count := count, first_at := first_at, last_at := last_at)
    order by first_at, ip, user_agent
  ) as seen_from
from counted
group by cluster, actor, object, version, alternatives;

insert into exposure
with grouped as (
  select cluster, actor, object, version, alternatives,
    min(actor_class) as class, min(first_at) as first_at, nullif(max(last_at), never()) as last_at,
    min(grade_rank) as grade_rank, min(version_rank) as version_rank,
    sorted_set(flatten(list(fields))) as fields,
    arg_min(struct_pack(run_id := run_id, doubtful := doubtful, evidence := evidence),
      struct_pack(grade := grade_rank, first_at := first_at, run_id := run_id)) as best
  from secret_read
  group by cluster, actor, object, version, alternatives
)
select
  exposure_key(
    grouped.object, coalesce(grouped.version, '? ' || array_to_string(grouped.alternatives, ' ')),
    grouped.cluster || '/' || grouped.actor, 'secret_read', grouped.first_at
  ),
  grouped.object, grouped.version, grade_name(version_rank), grouped.fields, identity_holder(grouped.cluster, grouped.actor, class),
  'secret_read', true, grade_name(grade_rank), grouped.alternatives, grouped.first_at, grouped.last_at,
  case when grouped.last_at is not null then 'ended' when covering_log.cluster is not null then 'open' else 'unknown' end,
  seen_from,
  secret_run.links || [struct_pack(
    kind := 'copy_read_by', grade := case when best.doubtful then 'candidate' else 'recorded' end, evidence := best.evidence
  )]
from grouped
join secret_run
  on grouped.best.run_id = secret_run.run_id
join read_origin
  on grouped.cluster = read_origin.cluster
  and grouped.actor = read_origin.actor
  and grouped.object = read_origin.object
  and grouped.version is not distinct from read_origin.version
  and grouped.alternatives = read_origin.alternatives
left join covering_log
  on grouped.cluster = covering_log.cluster;

insert into link
with reads as (
  select secret_entity(cluster, namespace, name) as from_id, identity_entity(cluster, actor) as to_id,
    min(first_at) as first_at, nullif(max(last_at), never()) as last_at,
    bool_and(doubtful) as doubtful,
    arg_min(evidence, struct_pack(doubtful := doubtful, first_at := first_at, run_id := run_id)) as evidence
  from secret_read
  group by cluster, namespace, name, actor
)
select link_key('copy_read_by', from_id, to_id, first_at), 'copy_read_by', from_id, to_id, first_at, last_at,
  case when doubtful then 'candidate' else 'recorded' end, evidence,
  case when doubtful then 'get, list or watch answered with success; whether its selector takes the Secret is not logged'
    else 'get, list or watch answered with success' end,
  'https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes'
from reads;
