-- read: provider session -> provider version. One link a session and version: first and last read.
insert into link
select link_key('read', session_entity(session), version_entity(object, version), min("at")), 'read',
  session_entity(session), version_entity(object, version), min("at"), max("at"), 'recorded',
  sorted_set(
    arg_min(evidence, struct_pack("at" := "at", read_id := read_id))
    || arg_max(evidence, struct_pack("at" := "at", read_id := read_id))
  ),
  'successful read of values', read_document(object)
from provider_read
where session is not null
group by session, object, version;
