-- The tables behind the facts: which batches there are, what happened, and which records show it.

create table batch (
  batch_id varchar, entry integer, stream varchar, source varchar, cluster varchar,
  observed_at timestamptz, origin varchar,
  from_position bigint, to_position bigint,
  records bigint, good bigint, envelopes bigint, quarantined bigint, redacted bigint,
  unterminated boolean, committed_at timestamptz,
  segment_file varchar, quarantine_file varchar,
  columns_file varchar         -- where its columns stand as the present normaliser writes them
);

-- What happened to partitions of topics besides messages, as the manifest has it.
create table partition_notice (
  entry integer, stream varchar, source varchar, cluster varchar,
  topic varchar, "partition" integer,
  kind varchar,                -- gap | made_anew
  messages bigint,             -- of a gap: as many offsets, and at most so many messages, are lost
  first_at timestamptz,        -- the broker's time of the last message before
  last_at timestamptz          -- of the first one behind, or when it was noticed
);

-- Events that no single record is: the view `event` has these and, read from the segments, the others.
create table derived_event (
  event_id varchar,            -- event- and hex digits: the same in every store
  source varchar,
  cluster varchar,             -- of a provider's log: its instance
  "at" timestamptz, ended_at timestamptz,
  actor varchar,               -- identity id, with impersonation the person behind
  impersonated_as varchar,     -- the name put on
  actor_class varchar,         -- human | workload | platform | node
  action varchar,              -- verb or operation
  resource varchar,            -- resource[/subresource], or the type of the mount
  namespace varchar, name varchar, uid varchar,
  object varchar,              -- canonical reference of a provider object
  outcome varchar,             -- success | denied | failure | unknown
  code integer,
  source_ips varchar[], user_agent varchar,
  flags varchar[]              -- contradiction | truncated | dry_run | unreadable | no_time | no_response | … and those of its records
);

create table derived_event_record (
  event_id varchar, record_id varchar,
  pointer varchar,             -- JSON pointer to the event inside the record, null where it is the record
  part varchar                 -- stage | request | response | object
);

create table stream_interval (
  stream varchar, source varchar, cluster varchar,
  first_at timestamptz, last_at timestamptz, events bigint, levels varchar[]
);

-- The events that their logs mark, one row a mark.
create table flagged_event (
  event_id varchar, source varchar, cluster varchar, "at" timestamptz, flag varchar
);

-- How densely each log was written: one row a batch and minute. Silences are told from it.
create table log_minute (
  batch_id varchar, stream varchar, source varchar, cluster varchar,
  "minute" timestamptz,        -- of the time at which the records were written
  first_at timestamptz, last_at timestamptz,
  records bigint
);

-- At which level a log shows what the paths of exposure need: one row a resource, hour and level.
create table log_level (
  source varchar, cluster varchar,
  resource varchar,            -- resource[/subresource]
  access varchar,              -- read | write | connect (exec, attach, portforward, proxy, log)
  level varchar,               -- as the record states it
  first_at timestamptz, last_at timestamptz,
  records bigint,
  truncated bigint             -- those whose bodies were cut off
);

create table store_state (as_of integer, chain_version varchar);
