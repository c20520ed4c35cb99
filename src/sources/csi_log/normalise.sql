-- One line of the driver or a provider to typed columns: klog as text or JSON, HashiCorp's and Go's own log lines.
-- https://github.com/kubernetes/klog/blob/main/klog.go
-- https://github.com/hashicorp/go-hclog
--
-- klog as text says month and day, no year and no zone: the container's clock is UTC. The year comes from what the
-- runtime put before the line, else from the time at which the log was taken, and then is only inferred.
select
  named.* exclude (
    text, observed_at, runtime, rest, klog, hashicorp, plain, fields, time_stated, time_epoch, time_named,
    message_stated, message_short, message_named, target_path_stated, directory_stated, file_stated, provider_stated,
    error_stated, pod_stated, years, path, pod_text
  ),
  coalesce(
    case when isfinite(try_cast(runtime['time'] as timestamptz)) then try_cast(runtime['time'] as timestamptz) end,
    case when isfinite(try_cast(coalesce(nullif(hashicorp['time'], ''), time_stated, time_named) as timestamptz))
      then try_cast(coalesce(nullif(hashicorp['time'], ''), time_stated, time_named) as timestamptz) end,
    try_cast(nullif(replace(plain['time'], '/', '-'), '') || '+00' as timestamptz),
    -- Milliseconds since 1970, in the first versions seconds.
    try(make_timestamptz(case when time_epoch::double > 100000000000 then (time_epoch::double * 1000)::bigint
      else (time_epoch::double * 1000000)::bigint end)),
    list_max(list_filter(years, lambda one: one <= observed_at + interval 1 day))
  ) as "at",
  coalesce(runtime['time'] = '' and klog['clock'] <> '', false) as is_year_inferred,
  nullif(path['pod'], '') as pod_uid,
  nullif(path['volume'], '') as volume,
  case when contains(pod_text, '/') then split_part(pod_text, '/', 1) end as namespace,
  case when contains(pod_text, '/') then split_part(pod_text, '/', 2) else pod_text end as pod_name
from (
  with unwrapped as (
    select *,
      regexp_extract(text, '(?s)^\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T\S+) (?:stdout|stderr) F(?::\w+)* (.*)$', ['time', 'line'])
        as runtime
    from staged
  ), stripped as (
    select *, coalesce(nullif(runtime['line'], ''), text) as rest
    from unwrapped
  ), parted as (
    select *,
      regexp_extract(rest, '(?s)^\s*[IWEF]([0-9]{2})([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}) +[0-9]+ [^\s:]+:[0-9]+\] (.*)$',
        ['month', 'day', 'clock', 'body']) as klog,
      regexp_extract(rest, '(?s)^\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T\S+) \[[A-Z]+\] +(?:[^\s:]+: )?(.*)$', ['time', 'body'])
        as hashicorp,
      regexp_extract(rest, '(?s)^\s*([0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?) (.*)$', ['time', 'body'])
        as plain
    from stripped
  ), said as (
    select *,
      -- What stands behind the message of a structured line: no value can end its own quotes.
      regexp_replace(klog['body'], '^"(?:[^"\\]|\\.)*"', '') as fields,
      coalesce(message_stated, message_short, message_named,
        nullif(regexp_extract(klog['body'], '^"((?:[^"\\]|\\.)*)"', 1), ''),
        nullif(regexp_extract(hashicorp['body'], '^(.*?)(?:: [a-zA-Z_.]+=|$)', 1), ''),
        nullif(regexp_extract(plain['body'], '^([^,]*)', 1), '')) as message
    from parted
  ), pathed as (
    select *,
      case message
        when 'node publish volume complete' then 'published'
        when 'node unpublish volume complete' then 'unpublished'
        when 'secret added to mount response' then 'object'
        when 'failed to mount secrets store object content' then 'refused'
        when 'Using gRPC client' then 'asked'
      end as said,
      coalesce(target_path_stated, directory_stated,
        nullif(regexp_replace(regexp_extract(fields, '^(?: [\w.]+=(?:"(?:[^"\\]|\\.)*"|\S*))*? targetPath="((?:[^"\\]|\\.)*)"', 1),
          '\\(["\\])', '\1', 'g'), ''),
        nullif(regexp_extract(hashicorp['body'], '^secret added to mount response: directory=("[^"]*"|\S+) file=', 1).trim('"'), ''),
        nullif(regexp_extract(plain['body'], '^secret added to mount response, directory: (.*), file: ', 1), '')) as target_path,
      coalesce(file_stated,
        nullif(regexp_extract(rtrim(hashicorp['body']), '^secret added to mount response: directory=(?:"[^"]*"|\S+) file=(.*)$', 1).trim('"'), ''),
        nullif(regexp_extract(rtrim(plain['body']), '^secret added to mount response, directory: .*, file: (.*)$', 1), '')) as file,
      coalesce(provider_stated,
        nullif(regexp_extract(fields, '^(?: [\w.]+=(?:"(?:[^"\\]|\\.)*"|\S*))*? provider="([^"]*)"', 1), '')) as provider,
      coalesce(
        (pod_stated ->> '$.namespace') || '/' || (pod_stated ->> '$.name'),
        case when json_type(pod_stated) = 'VARCHAR' then pod_stated ->> '$' end,
        nullif(regexp_extract(fields, '^(?: [\w.]+=(?:"(?:[^"\\]|\\.)*"|\S*))*? pod="([^"]*)"', 1), '')) as pod_text,
      list_filter(list_transform(
        [year(observed_at at time zone 'UTC') + 1, year(observed_at at time zone 'UTC'), year(observed_at at time zone 'UTC') - 1],
        lambda one: try_cast(case when klog['clock'] <> '' then one || '-' || klog['month'] || '-' || klog['day'] || ' '
          || klog['clock'] || '+00' end as timestamptz)
      ), lambda one: one is not null) as years
    from said
  )
  select *,
    regexp_extract(target_path, '[/\\]pods[/\\]([0-9a-f-]{36})[/\\]volumes[/\\]kubernetes[.]io~csi[/\\]([^/\\]+)[/\\]mount',
      ['pod', 'volume']) as path
  from pathed
) as named
