-- What declared copies copy. An ExternalSecret names keys of a store, and the store is another object, known
-- from another record or another source: the last one before the declaration, else the first one after it.
-- How a key becomes a path: https://github.com/external-secrets/external-secrets, pkg/provider/vault/client_get.go
-- (buildPath), and https://external-secrets.io/latest/provider/hashicorp-vault/ and its neighbours.

create or replace temp macro store_vault_key(settings, key) as
  case
    when nullif(trim(settings ->> '$.path', '/'), '') is null then case
      when coalesce(settings ->> '$.version', 'v2') = 'v2'
        then regexp_replace(trim(key, '/'), '^([^/]+(?:/[^/]+)*?)/data/', '\1/')
      else trim(key, '/')
    end
    when starts_with(trim(key, '/'), trim(settings ->> '$.path', '/') || '/') then case
      when coalesce(settings ->> '$.version', 'v2') = 'v2'
        and starts_with(trim(key, '/'), trim(settings ->> '$.path', '/') || '/data/')
        then trim(settings ->> '$.path', '/') || substr(trim(key, '/'), len(trim(settings ->> '$.path', '/')) + 6)
      else trim(key, '/')
    end
    else trim(settings ->> '$.path', '/') || '/' || trim(key, '/')
  end;

create or replace temp macro store_object(provider, settings, key) as
  case provider
    when 'vault' then 'vault:' || coalesce(nullif(trim(settings ->> '$.namespace', '/'), '') || ':', '')
      || store_vault_key(settings, key)
    when 'aws' then case when starts_with(key, 'arn:') then key else 'aws:' || key end
    when 'azurekv' then rtrim(settings ->> '$.vaultUrl', '/') || case
      when starts_with(key, 'key/') then '/keys/' || substr(key, 5)
      when starts_with(key, 'cert/') then '/certificates/' || substr(key, 6)
      when starts_with(key, 'secret/') then '/secrets/' || substr(key, 8)
      else '/secrets/' || key
    end
    when 'gcpsm' then case
      when starts_with(key, 'projects/') then regexp_replace(key, '/versions/.*$', '')
      else 'projects/' || (settings ->> '$.projectID') || '/secrets/' || key
    end
    when 'akeyless' then 'akeyless:/' || ltrim(key, '/')
    when 'conjur' then 'conjur:' || key
    when 'kubernetes' then 'k8s:' || coalesce(settings ->> '$.remoteNamespace', 'default') || '/' || key
  end;

-- A store that is known by now may be another one than an earlier refresh knew.
update fact_secret_copy
set objects = null
where len(store_keys) > 0
  and kind in ('ExternalSecret', 'ClusterExternalSecret')
  and objects is not null;

create or replace temp table secret_copy_object as
with
  asked as (
    select event_id, evidence, cluster, namespace, "at", unnest(store_keys) as asked
    from fact_secret_copy
    where len(store_keys) > 0
  ),
  meant as (
    select
      asked.event_id, asked.evidence, asked.asked.key as key,
      store.provider, store.settings,
      row_number() over (
        partition by asked.event_id, asked.evidence, asked.asked
        order by store."at" > asked."at",
          case when store."at" > asked."at" then store."at" end,
          store."at" desc, store.event_id desc, store.evidence desc
      ) as place
    from asked
    join fact_secret_store as store
      on store.cluster = asked.cluster
      and store.kind = asked.asked.store_kind
      and store.name = asked.asked.store_name
      and (store.kind = 'ClusterSecretStore' or store.namespace = asked.namespace)
    where store.settings is not null
  )
select event_id, evidence, sorted_distinct(list(store_object(provider, settings, key))) as objects
from meant
where place = 1
group by event_id, evidence;

update fact_secret_copy
set objects = found.objects
from secret_copy_object as found
where found.event_id = fact_secret_copy.event_id
  and found.evidence = fact_secret_copy.evidence
  and len(found.objects) > 0;

drop table secret_copy_object;
