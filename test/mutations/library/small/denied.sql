/* ---
title: Requests that were denied
question: Who was denied?
sources: [vault_audit]
severity: info
attack: []
params:
  actor: { type: varchar, default: null, doc: Only this one }
misses: The small library of the test of npm run mutate.
next: [custody show <event_id> opens the records of one event]
references: [https://developer.hashicorp.com/vault/docs/audit]
--- */
select
  actor,
  outcome
from event
where outcome = 'denied'
  and ($actor is null or actor = $actor)
  and (actor is not null or true)
  and code is distinct from 403
order by actor, outcome
