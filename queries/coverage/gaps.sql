/* ---
title: Gaps in the landed logs
question: Where is a log silent against its own rhythm, cut, damaged, incomplete or lost on the way?
sources: [k8s_audit, vault_audit]
severity: medium
attack: [T1562.008, T1070]
params:
  objects: { type: varchar_list, default: null, doc: "Only clusters that these objects concern, and every provider" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: Only this cluster or provider instance }
  silence_minutes: { type: integer, default: 5, doc: "A silence of a log is a gap if it is longer than this" }
  rhythm_factor: { type: integer, default: 6, doc: "… and longer than so many times the usual distance of its records" }
misses: >-
  Events that the API server dropped (a full webhook buffer) or that a policy leaves out leave no mark. The usual
  distance is the median of the stream's distances, weighted by their time: half of its time lies in
  distances of at most so much. So a gap of more than half of a stream is taken for its rhythm. A damaged
  record is placed by the batch it lies in, of 64 MiB.
next:
  - "`coverage/paths` tells which paths a gap hides, `coverage/collect` what to collect"
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#log-backend
  - https://kubernetes.io/docs/concepts/architecture/leases/
  - https://developer.hashicorp.com/vault/docs/audit
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), concerned as (
  select cluster
  from object_configuration
  where object in (select object from asked)
  union
  select holder.cluster
  from exposure
  where object in (select object from asked)
), found as (
  select source, cluster, kind, first_at, last_at, null::bigint as records, seconds, usual_seconds,
    case kind
      when 'between_streams' then 'No stream has a record in between: a rotated file is missing'
      when 'whole_log' then 'The log runs before and after it, and has no record in between'
      when 'one_stream' then 'A stream is silent while others go on: one API server or node, unless they are copies of it'
      else 'No ' || access || ' of ' || resource || ', which the log shows steadily otherwise: the policy may have been another'
    end as why
  from log_silence
  -- An API server writes all the time; a sample of a few lines a day has no gap of hours.
  where seconds > greatest($silence_minutes * 60, $rhythm_factor * usual_seconds)
  union all
  select source, cluster, 'damaged', first_at, last_at, records, null, null,
    'Records that could not be read lie in this part: custody query run coverage/quarantine_by_reason'
  from log_damage
  union all
  select source, cluster, flag, first_at, last_at, events, null, null,
    case flag
      when 'truncated' then 'Events were cut before they were logged: what is missing in them is unknown'
      when 'no_response' then 'Requests without their response entry: lines are missing, and what came of them is unknown'
      else 'Responses without their request entry: lines are missing'
    end
  from log_flag
  where flag in ('truncated', 'no_response', 'no_request')
  union all
  select source, cluster, case kind when 'gap' then 'lost_messages' else 'stopped' end, first_at, last_at, messages, null, null,
    'Topic ' || topic || ', partition ' || "partition" || ': '
      || case kind
        when 'gap' then 'the broker removed messages before they were fetched, at most so many'
        else 'it or its cluster was made anew, and it is read no further until its generation is counted up'
      end
  from log_loss
)
select
  source,
  cluster,
  kind,
  first_at as "from",
  last_at as until,
  records,
  round(seconds, 1) as seconds,
  round(usual_seconds, 1) as usual_seconds,
  why
from found
where ($until is null or first_at <= $until::timestamptz)
  and ($since is null or last_at >= $since::timestamptz)
  and ($cluster is null or source <> 'k8s_audit' or cluster = $cluster)
  and ($objects is null or source <> 'k8s_audit' or cluster in (select cluster from concerned))
order by "from", until, source, cluster, kind, why
