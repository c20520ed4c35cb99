/* ---
title: The last request of an actor
question: What did each do last?
sources: [vault_audit]
severity: info
attack: []
params: {}
misses: The small library of the test of npm run mutate.
next: [custody show <event_id> opens the records of one event]
references: [https://developer.hashicorp.com/vault/docs/audit]
--- */
select
  event.actor,
  event.action
from event
asof join event as marker
  on marker.actor = 'marker'
  and event."at" >= marker."at"
where event.actor <> 'marker'
qualify row_number() over (partition by event.actor order by event."at" desc) = 1
order by event.actor
