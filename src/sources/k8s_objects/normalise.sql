-- A Kubernetes object, or a document with several, to typed columns. JSON or YAML: `kubectl get -o json`
-- is cut into its items before, a YAML document is one record that may hold a list.
-- https://kubernetes.io/docs/concepts/overview/working-with-objects/
select
  staged.* exclude (text, observed_at, parsed),
  observed_at as taken_at,
  (parsed ->> '$.apiVersion') as api_version,
  (parsed ->> '$.kind') as object_kind,
  (parsed ->> '$.metadata.namespace') as namespace,
  (parsed ->> '$.metadata.name') as name,
  (parsed ->> '$.metadata.uid') as uid,
  case
    when json_type(parsed) = 'ARRAY' or json_type(parsed, '$.items') = 'ARRAY'
      or (parsed ->> '$.kind') in ('Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job',
        'CronJob', 'ServiceAccount', 'SecretProviderClass', 'SecretProviderClassPodStatus', 'Secret', 'Role',
        'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'CSIDriver', 'ExternalSecret',
        'ClusterExternalSecret', 'SecretStore', 'ClusterSecretStore', 'VaultStaticSecret',
        'VaultDynamicSecret', 'VaultPKISecret', 'SecretSync')
      then parsed
  end as document
from (
  select
    *,
    try_cast(case when json_valid(text) then text else yaml_to_json(text) end as json) as parsed
  from staged
) as staged
