-- One audit message of Conjur to typed columns. A message of RFC 5424 is read by its grammar, so that what stands
-- in a value is never taken for structure: quotes, backslashes and closing brackets in it are escaped.
-- https://www.rfc-editor.org/rfc/rfc5424#section-6.3
-- https://github.com/cyberark/conjur/blob/master/docs/audit.md
--
-- Enterprise servers write the same as JSON beside, with the structured data as objects.
select
  named.* exclude (
    text, observed_at, header, structured, parameters, names, message, time_text, time_stated, time_received, time_iso,
    host_stated, process_stated, message_id_stated, message_stated, user_stated, authenticator_stated,
    service_stated, resource_stated, role_stated, version_stated, annotation_stated, owner_stated, privilege_stated,
    address_stated, result_stated, operation_stated, policy_stated, policy_version_stated
  ),
  case when isfinite(try_cast(time_text as timestamptz)) then try_cast(time_text as timestamptz) end as "at",
  coalesce(nullif(nullif(header['host'], ''), '-'), host_stated) as host,
  coalesce(nullif(nullif(header['process'], ''), '-'), process_stated) as process,
  coalesce(nullif(nullif(header['message_id'], ''), '-'), message_id_stated) as message_id,
  coalesce(regexp_matches(message, '(?i)forbidden|unauthorized|not authorized|permission'), false) as is_refusal
from (
  with headed as (
    select *,
      regexp_extract(text, '(?s)^\s*<[0-9]{1,3}>1 (\S+) (\S+) conjur (\S+) (\S+) (.*)$',
        ['time', 'host', 'process', 'message_id', 'rest']) as header
    from staged
  ), parted as (
    select *,
      regexp_extract(header['rest'], '^(?:\[[^\s=\]"]+(?: [^\s=\]"]+="(?:[^"\\]|\\.)*")*\])+') as structured
    from headed
  ), listed as (
    select *,
      flatten(list_transform(
        regexp_extract_all(structured, '\[([^\s=\]"]+(?: [^\s=\]"]+="(?:[^"\\]|\\.)*")*)\]', 1),
        lambda element: list_transform(
          regexp_extract_all(element, ' ([^\s=\]"]+="(?:[^"\\]|\\.)*)"', 1),
          lambda parameter: struct_pack(
            key := split_part(element, ' ', 1) || ' ' || split_part(parameter, '="', 1),
            "value" := regexp_replace(parameter[strpos(parameter, '="') + 2:], '\\(["\\\]#])', '\1', 'g')
          )
        )
      )) as parameters,
      coalesce(message_stated, header['rest'][len(structured) + 1:]) as message,
      coalesce(nullif(header['time'], ''), time_stated, time_iso, time_received) as time_text
    from parted
  )
  select *,
    nullif(coalesce(user_stated, parameters[list_position(names, 'auth@43868 user')]."value"), '')
      as user_role,
    nullif(coalesce(authenticator_stated,
      parameters[list_position(names, 'auth@43868 authenticator')]."value"), '') as authenticator,
    nullif(coalesce(service_stated, parameters[list_position(names, 'auth@43868 service')]."value"), '')
      as service,
    nullif(coalesce(resource_stated,
      parameters[list_position(names, 'subject@43868 resource')]."value"), '') as resource,
    nullif(coalesce(role_stated, parameters[list_position(names, 'subject@43868 role')]."value"), '')
      as subject_role,
    nullif(coalesce(version_stated, parameters[list_position(names, 'subject@43868 version')]."value"), '')
      as version,
    nullif(coalesce(address_stated, parameters[list_position(names, 'client@43868 ip')]."value"), '')
      as remote_address,
    nullif(coalesce(result_stated, parameters[list_position(names, 'action@43868 result')]."value"), '')
      as result,
    nullif(coalesce(operation_stated,
      parameters[list_position(names, 'action@43868 operation')]."value"), '') as operation,
    nullif(coalesce(policy_stated, parameters[list_position(names, 'policy@43868 id')]."value"), '')
      as policy,
    nullif(coalesce(policy_version_stated,
      parameters[list_position(names, 'policy@43868 version')]."value"), '') as policy_version,
    -- A change of a resource's annotation, owner or permissions is none of the resource itself.
    coalesce(annotation_stated, owner_stated, privilege_stated) is not null
      or list_has_any(names, ['subject@43868 annotation', 'subject@43868 owner', 'subject@43868 privilege']) as is_of_part
  from (select *, list_transform(parameters, lambda one: one.key) as names from listed)
) as named
