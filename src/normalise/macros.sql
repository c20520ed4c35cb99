-- Rules that several sources share.

-- An id that is the same in every store: nothing of arrival, file names or clocks goes into it.
create or replace temp macro event_id_of(source, key) as
  'event-' || left(sha256(concat(source, chr(10), key)), 16);

-- What a session of a provider is called. A hash of Vault's is of one instance; a key of AWS is itself everywhere.
create or replace temp macro session_key(provider, instance, session) as
  provider || '/' || case when provider = 'aws' then '' else coalesce(instance, '') || '/' end || session;

-- What kind of holder a Kubernetes user name is. Accounts of the control plane and of the driver are
-- platform: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
create or replace temp macro kubernetes_actor_class(username) as
  case
    when username is null then null
    when not contains(username, ':') then
      case
        when username in ('aksService', 'masterclient', 'nodeclient') then 'platform'
        -- GKE's users are those of Google Cloud: https://cloud.google.com/kubernetes-engine/docs/how-to/api-server-authentication
        when ends_with(username, '.gserviceaccount.com') then 'workload'
        else 'human'
      end
    when starts_with(username, 'system:serviceaccount:') then
      case
        when username like 'system:serviceaccount:kube-%'
          or username like 'system:serviceaccount:openshift%'
          or username like 'system:serviceaccount:gke-%'
          or username like '%:secrets-store-csi-driver'
          or username like '%:csi-secrets-store%'
          or username like '%:%csi-provider%'
          then 'platform'
        else 'workload'
      end
    when starts_with(username, 'system:node:') then 'node'
    when username in ('system:anonymous', 'system:admin', 'system:unauthenticated') then 'human'
    when starts_with(username, 'system:') or starts_with(username, 'eks:') then 'platform'
    else 'human'
  end;

-- A body in a log of GKE names its type beside its kind, and sometimes instead of it.
create or replace temp macro gcp_kubernetes_object(object) as
  case
    when (object ->> '$.kind') is null and (object ->> '$."@type"') like '%.k8s.io/%'
      then json_merge_patch(object, json_object('kind', regexp_extract(object ->> '$."@type"', '([A-Za-z]+)$', 1)))
    else object
  end;

-- The values of a list once each, in order, without what is absent.
create or replace temp macro sorted_distinct(items) as
  list_sort(list_distinct(list_filter(items, lambda item: item is not null)));

-- Entries of a map by key, each key once: JSON may repeat one, a map must not. Only where it does are the
-- entries looked at one by one.
create or replace temp macro once_each(entries) as
  case
    when len(list_distinct(list_transform(entries, lambda entry: entry.key))) = len(entries)
      then list_sort(entries)
    else list_filter(
      list_sort(entries),
      lambda entry, place: place = list_position(
        list_transform(list_sort(entries), lambda other: other.key), entry.key)
    )
  end;

-- What the chain needs of a Pod, from its JSON: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
create or replace temp macro kubernetes_pod(object) as
  from_json(object, '{
    "metadata": {
      "name": "VARCHAR", "namespace": "VARCHAR", "uid": "VARCHAR",
      "creationTimestamp": "TIMESTAMPTZ", "deletionGracePeriodSeconds": "BIGINT",
      "ownerReferences": [{ "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR", "controller": "BOOLEAN" }],
      "labels": "JSON", "annotations": "JSON"
    },
    "spec": {
      "nodeName": "VARCHAR", "serviceAccountName": "VARCHAR", "serviceAccount": "VARCHAR",
      "shareProcessNamespace": "BOOLEAN", "hostPID": "BOOLEAN",
      "imagePullSecrets": [{ "name": "VARCHAR" }],
      "volumes": [{ "name": "VARCHAR",
        "csi": { "driver": "VARCHAR", "volumeAttributes": { "secretProviderClass": "VARCHAR" } },
        "secret": { "secretName": "VARCHAR", "items": [{ "key": "VARCHAR" }] },
        "projected": { "sources": [{ "secret": { "name": "VARCHAR", "items": [{ "key": "VARCHAR" }] } }] },
        "hostPath": { "path": "VARCHAR" } }],
      "containers": [{ "name": "VARCHAR", "image": "VARCHAR",
        "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }],
        "env": [{ "valueFrom": { "secretKeyRef": { "name": "VARCHAR", "key": "VARCHAR" } } }],
        "envFrom": [{ "secretRef": { "name": "VARCHAR" } }],
        "securityContext": { "privileged": "BOOLEAN" } }],
      "initContainers": [{ "name": "VARCHAR", "image": "VARCHAR",
        "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }],
        "env": [{ "valueFrom": { "secretKeyRef": { "name": "VARCHAR", "key": "VARCHAR" } } }],
        "envFrom": [{ "secretRef": { "name": "VARCHAR" } }],
        "securityContext": { "privileged": "BOOLEAN" } }],
      "ephemeralContainers": [{ "name": "VARCHAR", "image": "VARCHAR",
        "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }],
        "env": [{ "valueFrom": { "secretKeyRef": { "name": "VARCHAR", "key": "VARCHAR" } } }],
        "envFrom": [{ "secretRef": { "name": "VARCHAR" } }],
        "securityContext": { "privileged": "BOOLEAN" } }]
    },
    "status": {
      "podIP": "VARCHAR", "podIPs": [{ "ip": "VARCHAR" }], "hostIP": "VARCHAR",
      "containerStatuses": [{ "name": "VARCHAR", "containerID": "VARCHAR", "restartCount": "INTEGER",
        "state": { "running": { "startedAt": "TIMESTAMPTZ" } } }],
      "initContainerStatuses": [{ "name": "VARCHAR", "containerID": "VARCHAR", "restartCount": "INTEGER",
        "state": { "running": { "startedAt": "TIMESTAMPTZ" } } }],
      "ephemeralContainerStatuses": [{ "name": "VARCHAR", "containerID": "VARCHAR", "restartCount": "INTEGER",
        "state": { "running": { "startedAt": "TIMESTAMPTZ" } } }]
    }
  }');

-- The controller among the owners, else the first.
create or replace temp macro kubernetes_owner(owners) as
  coalesce(list_filter(owners, lambda owner: owner.controller)[1], owners[1]);

create or replace temp macro kubernetes_csi_volumes(volumes) as
  [
    {
      'volume': volume.name,
      'driver': volume.csi.driver,
      'secret_provider_class': volume.csi."volumeAttributes"."secretProviderClass"
    }
    for volume in volumes if volume.csi is not null
  ];

create or replace temp macro kubernetes_containers_of(kind, containers) as
  [
    {
      'name': container.name,
      'kind': kind,
      'image': container.image,
      'mounts': [
        {
          'volume': mount.name,
          'path': mount."mountPath",
          'sub_path': coalesce(mount."subPath", mount."subPathExpr")
        }
        for mount in coalesce(container."volumeMounts", [])
      ]
    }
    for container in coalesce(containers, [])
  ];

create or replace temp macro kubernetes_containers(spec) as
  case when spec.containers is not null then
    list_concat(
      list_concat(
        kubernetes_containers_of('container', spec.containers),
        kubernetes_containers_of('init', spec."initContainers")
      ),
      kubernetes_containers_of('ephemeral', spec."ephemeralContainers")
    )
  end;

create or replace temp macro kubernetes_pod_ips(status) as
  case
    when len(status."podIPs") > 0 then sorted_distinct([address.ip for address in status."podIPs"])
    when status."podIP" <> '' then [status."podIP"]
  end;

-- A mount status: https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclasspodstatus
create or replace temp macro kubernetes_mount_status(object) as
  from_json(object, '{
    "metadata": {
      "name": "VARCHAR", "namespace": "VARCHAR", "uid": "VARCHAR",
      "labels": { "internal.secrets-store.csi.k8s.io/node-name": "VARCHAR" },
      "ownerReferences": [{ "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR" }]
    },
    "status": {
      "podName": "VARCHAR", "secretProviderClassName": "VARCHAR", "targetPath": "VARCHAR",
      "mounted": "BOOLEAN",
      "objects": [{ "id": "VARCHAR", "version": "VARCHAR" }]
    }
  }');

-- The pod a mount status belongs to: its owner, else the pod in the path of the mount.
create or replace temp macro kubernetes_mount_pod_uid(status) as
  coalesce(
    list_filter(status.metadata."ownerReferences", lambda owner: owner.kind = 'Pod')[1].uid,
    nullif(regexp_extract(status.status."targetPath", '/pods/([^/]+)/volumes/', 1), '')
  );

-- Azure's provider nests YAML texts in the list `array` of a YAML text:
-- https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
create or replace temp macro nested_yaml(parsed) as
  case
    when json_type(parsed, '$.array') = 'ARRAY' then
      json_merge_patch(parsed, json_object('array', [
        case when json_type(item) = 'VARCHAR'
          then coalesce(try_cast(yaml_to_json(item ->> '$') as json), item) else item end
        for item in from_json(json_extract(parsed, '$.array'), '["JSON"]')
      ]))
    else parsed
  end;

-- Parameters of a SecretProviderClass are strings; the lists and maps among them are YAML inside the string
-- (https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass). They become JSON in place.
create or replace temp macro kubernetes_class_parameters(parameters) as
  case when json_type(parameters) = 'OBJECT' then to_json(map_from_entries(
    once_each([
      {
        'key': entry.key,
        'value': coalesce(
          case when left(yaml_to_json(entry.value), 1) in ('[', '{') then
            nested_yaml(try_cast(yaml_to_json(entry.value) as json)) end,
          to_json(entry.value)
        )
      }
      for entry in map_entries(from_json(parameters, '"MAP(VARCHAR,VARCHAR)"'))
    ])
  )) end;

-- Annotations without the copy of the object that `kubectl apply` keeps among them.
create or replace temp macro kubernetes_annotations(annotations) as
  case
    when json_type(annotations) is distinct from 'OBJECT' then null
    when contains(annotations::varchar, 'kubectl.kubernetes.io/last-applied-configuration')
      then json_merge_patch(annotations, '{"kubectl.kubernetes.io/last-applied-configuration":null}'::json)
    else annotations
  end;

create or replace temp macro kubernetes_labels(labels) as
  case when json_type(labels) = 'OBJECT' then labels end;

-- Every container of a pod: what is true of one kind is true of all.
create or replace temp macro kubernetes_all_containers(spec) as
  list_concat(list_concat(spec.containers, spec."initContainers"), spec."ephemeralContainers");

-- What volumes take from Secrets, an entry per Secret.
create or replace temp macro kubernetes_secret_volumes(volumes) as
  flatten([
    list_concat(
      case when volume.secret."secretName" is not null then [{
        'kind': 'volume',
        'volume': volume.name,
        'secret': volume.secret."secretName",
        'key': case when len(volume.secret.items) = 1 then volume.secret.items[1]."key" end
      }] end,
      [
        {
          'kind': 'projected',
          'volume': volume.name,
          'secret': origin.secret.name,
          'key': case when len(origin.secret.items) = 1 then origin.secret.items[1]."key" end
        }
        for origin in volume.projected.sources if origin.secret.name is not null
      ]
    )
    for volume in volumes
  ]);

create or replace temp macro kubernetes_mounts(containers) as
  flatten([
    [
      {
        'container': container.name,
        'volume': mount.name,
        'path': mount."mountPath",
        'sub_path': coalesce(mount."subPath", mount."subPathExpr")
      }
      for mount in container."volumeMounts"
    ]
    for container in containers
  ]);

create or replace temp macro kubernetes_volume_references(origins, mounts) as
  flatten([
    [
      {
        'kind': origin.kind,
        'secret': origin.secret,
        'container': mount.container,
        'volume': origin.volume,
        'key': origin."key",
        'path': mount.path,
        'sub_path': mount.sub_path
      }
      for mount in case
        when len(list_filter(mounts, lambda each: each.volume = origin.volume)) > 0
          then list_filter(mounts, lambda each: each.volume = origin.volume)
        else [{ 'container': null::varchar, 'volume': null::varchar, 'path': null::varchar, 'sub_path': null::varchar }]
      end
    ]
    for origin in origins
  ]);

create or replace temp macro kubernetes_environment_references(containers) as
  flatten([
    list_concat(
      [
        {
          'kind': 'env',
          'secret': variable."valueFrom"."secretKeyRef".name,
          'container': container.name,
          'volume': null::varchar,
          'key': variable."valueFrom"."secretKeyRef"."key",
          'path': null::varchar,
          'sub_path': null::varchar
        }
        for variable in container.env if variable."valueFrom"."secretKeyRef".name is not null
      ],
      [
        {
          'kind': 'env_from',
          'secret': variables."secretRef".name,
          'container': container.name,
          'volume': null::varchar,
          'key': null::varchar,
          'path': null::varchar,
          'sub_path': null::varchar
        }
        for variables in container."envFrom" if variables."secretRef".name is not null
      ]
    )
    for container in containers
  ]);

-- What a pod reads of Secrets: https://kubernetes.io/docs/concepts/configuration/secret/#using-a-secret
create or replace temp macro kubernetes_secret_references(spec) as
  case when spec.containers is not null then
    list_concat(
      list_concat(
        kubernetes_environment_references(kubernetes_all_containers(spec)),
        kubernetes_volume_references(
          kubernetes_secret_volumes(spec.volumes),
          coalesce(kubernetes_mounts(kubernetes_all_containers(spec)), [])
        )
      ),
      [
        {
          'kind': 'image_pull',
          'secret': pull.name,
          'container': null::varchar,
          'volume': null::varchar,
          'key': null::varchar,
          'path': null::varchar,
          'sub_path': null::varchar
        }
        for pull in spec."imagePullSecrets" if pull.name is not null
      ]
    )
  end;

create or replace temp macro kubernetes_host_paths(spec) as
  case when spec.containers is not null then coalesce(
    [
      { 'volume': volume.name, 'path': volume."hostPath".path }
      for volume in spec.volumes if volume."hostPath" is not null
    ],
    []
  ) end;

create or replace temp macro kubernetes_privileged_containers(spec) as
  case when spec.containers is not null then
    [
      container.name
      for container in kubernetes_all_containers(spec) if container."securityContext".privileged
    ]
  end;

-- The containers that run; null where no status of containers is stated.
create or replace temp macro kubernetes_container_states(status) as
  case when status."containerStatuses" is not null or status."initContainerStatuses" is not null
    or status."ephemeralContainerStatuses" is not null
  then
    [
      {
        'name': container.name,
        'container_id': container."containerID",
        'restart_count': container."restartCount",
        'started_at': container.state.running."startedAt"
      }
      for container in list_concat(
        list_concat(status."containerStatuses", status."initContainerStatuses"),
        status."ephemeralContainerStatuses"
      )
      if container.state.running is not null
    ]
  end;

-- What identifies an object and who it belongs to.
create or replace temp macro kubernetes_metadata(object) as
  from_json(object, '{
    "metadata": {
      "name": "VARCHAR", "namespace": "VARCHAR", "uid": "VARCHAR",
      "ownerReferences": [{ "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR", "controller": "BOOLEAN" }],
      "labels": "JSON", "annotations": "JSON"
    }
  }').metadata;

-- The members of a map in an object, as text; what is no map has none.
create or replace temp macro kubernetes_members(members) as
  coalesce(map_entries(from_json(members, '"MAP(VARCHAR,VARCHAR)"')), []);

create or replace temp macro kubernetes_data_entries(object) as
  list_concat(
    [
      { 'key': entry.key, 'value': entry.value, 'encoded': false }
      for entry in kubernetes_members(object -> '$.stringData')
    ],
    -- The server writes stringData over data.
    [
      { 'key': entry.key, 'value': entry.value, 'encoded': true }
      for entry in kubernetes_members(object -> '$.data')
      if not list_contains(
        list_transform(kubernetes_members(object -> '$.stringData'), lambda other: other.key), entry.key)
    ]
  );

-- The data a JSON patch (RFC 6902) names.
create or replace temp macro kubernetes_patch_entries(operations) as
  flatten([
    case
      when operation.path in ('', '/') then kubernetes_data_entries(operation.value)
      when operation.path in ('/data', '/stringData') then [
        { 'key': entry.key, 'value': entry.value, 'encoded': operation.path = '/data' }
        for entry in kubernetes_members(operation.value)
      ]
      else [{
        'key': replace(replace(regexp_replace(operation.path, '^/(data|stringData)/', ''), '~1', '/'), '~0', '~'),
        'value': operation.value ->> '$',
        'encoded': starts_with(operation.path, '/data/')
      }]
    end
    for operation in operations
    if operation.op is distinct from 'test' and regexp_matches(operation.path, '^/?$|^/(data|stringData)(/|$)')
  ]);

-- What a Secret or a patch of one says of values; null where it says nothing of them.
create or replace temp macro kubernetes_secret_entries(object) as
  case json_type(object)
    when 'OBJECT' then
      case when json_exists(object, '$.data') or json_exists(object, '$.stringData')
        then kubernetes_data_entries(object) end
    when 'ARRAY' then nullif(
      kubernetes_patch_entries(from_json(object, '[{ "op": "VARCHAR", "path": "VARCHAR", "value": "JSON" }]')),
      [])
  end;

-- Whether a Secret or a patch of one names values at all; null where the body is not logged.
create or replace temp macro kubernetes_touches_data(object) as
  case json_type(object)
    when 'OBJECT' then json_exists(object, '$.data') or json_exists(object, '$.stringData')
    when 'ARRAY' then len(list_filter(
      from_json(object, '[{ "path": "VARCHAR" }]'),
      lambda operation: regexp_matches(operation.path, '^/?$|^/(data|stringData)(/|$)')
    )) > 0
  end;

-- How landing wrote the value that stood at a place: under the first of its fingerprints.
create or replace temp macro redacted_value(place) as
  'redacted:hmac-sha256:' || place.fingerprints[1];

-- The fingerprint of what a base64 value holds. Landing keeps, each once: the value, the value without the
-- line ends behind it, then the same of what it decodes to. Of three the second is the decoded value, unless
-- the base64 text itself ended in a line end, and then its length is no multiple of four.
create or replace temp macro redacted_decoded(place) as
  'redacted:hmac-sha256:' || case len(place.fingerprints)
    when 2 then place.fingerprints[2]
    when 3 then place.fingerprints[case when place.source_length % 4 = 0 then 2 else 3 end]
    when 4 then place.fingerprints[3]
    else place.fingerprints[1]
  end;

-- Which operator an object shows it belongs to, by the labels and owners they set:
-- https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
-- https://external-secrets.io/latest/api/externalsecret/
-- https://developer.hashicorp.com/vault/docs/platform/k8s/vso
-- https://github.com/kubernetes-sigs/secrets-store-sync-controller
create or replace temp macro kubernetes_secret_keeper(metadata) as
  case
    when (metadata.labels ->> '$."secrets-store.csi.k8s.io/managed"') = 'true' then 'driver'
    when (metadata.labels ->> '$."secrets-store.sync.x-k8s.io/secretsync"') is not null then 'secret_sync'
    when (metadata.labels ->> '$."reconcile.external-secrets.io/managed"') = 'true'
      or kubernetes_owner(metadata."ownerReferences").kind = 'ExternalSecret'
      then 'external_secrets'
    when (metadata.labels ->> '$."secrets.hashicorp.com/vso-ownerRefUID"') is not null
      or kubernetes_owner(metadata."ownerReferences").kind
        in ('VaultStaticSecret', 'VaultDynamicSecret', 'VaultPKISecret', 'HCPVaultSecretsApp')
      then 'vault_secrets_operator'
  end;

-- Which operator wrote a Secret. Its account tells by its name; under another name the user agent and the
-- marks in the object have to agree, since any client may send either. A person is none of them.
create or replace temp macro kubernetes_secret_writer(actor, user_agent, keeper) as
  case
    when actor like 'system:serviceaccount:%:secrets-store-csi-driver' then 'driver'
    when regexp_matches(actor, '^system:serviceaccount:[^:]+:([^:]+-)?external-secrets$') then 'external_secrets'
    when regexp_matches(actor, '^system:serviceaccount:[^:]+:[^:]*vault-secrets-operator-controller-manager$')
      then 'vault_secrets_operator'
    when regexp_matches(actor, '^system:serviceaccount:[^:]+:secrets-store-sync-controller[^:]*$')
      then 'secret_sync'
    when actor is null or not starts_with(actor, 'system:serviceaccount:') then null
    -- Add-ons of the clouds run the driver under accounts of their own.
    when regexp_matches(actor, '^system:serviceaccount:[^:]+:[^:]*(secrets-store|csi)[^:]*$')
      and starts_with(user_agent, 'csi-secrets-store/') then 'driver'
    when keeper = 'external_secrets' and starts_with(user_agent, 'external-secrets/')
      or keeper = 'vault_secrets_operator' and starts_with(user_agent, 'vault-secrets-operator/')
      or keeper = 'secret_sync' and starts_with(user_agent, 'secrets-store-sync-controller/')
      or keeper = 'driver' and starts_with(user_agent, 'csi-secrets-store/')
      then keeper
  end;

-- Whose provider an image is, of those that the driver's documentation lists:
-- https://secrets-store-csi-driver.sigs.k8s.io/providers
create or replace temp macro kubernetes_image_provider(image) as
  case
    when regexp_matches(image, 'openbao-csi-provider') then 'openbao'
    when regexp_matches(image, 'vault-csi-provider') then 'vault'
    when regexp_matches(image, 'secrets-store-csi-driver-provider-aws|csi-secrets-store-provider-aws') then 'aws'
    when regexp_matches(image, '(secrets-store|csi)[^@]*/provider-azure|secrets-store-provider-azure') then 'azure'
    when regexp_matches(image, 'secrets-store-csi-driver-provider-gcp|csi-secrets-store-provider-gcp') then 'gcp'
    when regexp_matches(image, 'akeyless-csi-provider') then 'akeyless'
    when regexp_matches(image, 'conjur-(k8s-)?csi-provider') then 'conjur'
  end;

create or replace temp macro kubernetes_is_driver_image(image) as
  regexp_matches(image, 'secrets-store') and not regexp_matches(image, 'provider|crds|sync|e2e');

-- A flag of Go's flag package, where a boolean needs no value: https://pkg.go.dev/flag#hdr-Command_line_flag_syntax
create or replace temp macro go_flag(arguments, name) as
  list_filter(
    list_transform(
      coalesce(arguments, []),
      lambda argument: case
        when regexp_matches(argument, '^--?' || name || '$') then 'true'
        when regexp_matches(argument, '^--?' || name || '=')
          then trim(regexp_replace(argument, '^[^=]*=', ''), '''"')
      end
    ),
    lambda value: value is not null
  )[-1];

-- The driver and its providers among the containers of a workload. Rotation is off unless a flag turns it on:
-- https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
create or replace temp macro kubernetes_driver_containers(containers, complete) as
  [
    {
      'kind': case when kubernetes_is_driver_image(container.image) then 'driver' else 'provider' end,
      'image': container.image,
      'version': nullif(regexp_extract(container.image, ':([^/:@]+)(@.*)?$', 1), ''),
      'provider': kubernetes_image_provider(container.image),
      'rotation_enabled': case when kubernetes_is_driver_image(container.image) then coalesce(
        lower(go_flag(list_concat(container.command, container.args), 'enable-secret-rotation')) in ('true', 't', '1'),
        case when complete then false end
      ) end,
      'rotation_poll_interval': case when kubernetes_is_driver_image(container.image)
        then go_flag(list_concat(container.command, container.args), 'rotation-poll-interval') end
    }
    for container in from_json(
      containers, '[{ "image": "VARCHAR", "args": ["VARCHAR"], "command": ["VARCHAR"] }]')
    if kubernetes_is_driver_image(container.image) or kubernetes_image_provider(container.image) is not null
  ];

-- The rules of a whole role. It may have none: one that grants nothing, or one that others are yet to fill.
create or replace temp macro kubernetes_rules(object) as
  case json_type(object, '$.rules')
    when 'ARRAY' then object -> '$.rules'
    when 'NULL' then '[]'::json
    else case when object is not null and not json_exists(object, '$.rules') then '[]'::json end
  end;

-- The subjects of a whole binding, which may have none.
create or replace temp macro kubernetes_subjects(object, binding) as
  case json_type(object, '$.subjects')
    when 'ARRAY' then list_filter(
      binding.subjects, lambda subject: subject.kind is not null and subject.name is not null)
    when 'NULL' then []
    else case when object is not null and not json_exists(object, '$.subjects') then [] end
  end;

create or replace temp macro kubernetes_role_binding(object) as
  from_json(object, '{
    "roleRef": { "kind": "VARCHAR", "name": "VARCHAR" },
    "subjects": [{ "kind": "VARCHAR", "name": "VARCHAR", "namespace": "VARCHAR" }]
  }');

-- What a JSON patch (RFC 6902) puts in the place of whole members of an object: as if it were the object.
create or replace temp macro json_patch_members(operations) as
  to_json(map_from_entries(once_each([
    { 'key': substr(operation.path, 2), 'value': operation.value }
    for operation in from_json(operations, '[{ "op": "VARCHAR", "path": "VARCHAR", "value": "JSON" }]')
    if operation.op in ('add', 'replace') and regexp_matches(operation.path, '^/[^/~]+$')
  ])));

-- The declarations that make an operator copy values into a Secret.
-- https://external-secrets.io/latest/api/externalsecret/ and …/clusterexternalsecret/
-- https://developer.hashicorp.com/vault/docs/platform/k8s/vso/api-reference
create or replace temp macro kubernetes_copy_keys(spec) as
  list_filter(
    [
      {
        'store_kind': coalesce(nullif(item."sourceRef"."storeRef".kind, ''), case
          when item."sourceRef"."storeRef".name is not null then 'SecretStore'
          else coalesce(nullif(spec ->> '$.secretStoreRef.kind', ''), 'SecretStore')
        end),
        'store_name': coalesce(item."sourceRef"."storeRef".name, spec ->> '$.secretStoreRef.name'),
        'key': coalesce(item."remoteRef"."key", item.extract."key")
      }
      for item in list_concat(
        from_json(spec -> '$.data', '[{ "remoteRef": { "key": "VARCHAR" }, "extract": { "key": "VARCHAR" },
          "sourceRef": { "storeRef": { "kind": "VARCHAR", "name": "VARCHAR" } } }]'),
        from_json(spec -> '$.dataFrom', '[{ "remoteRef": { "key": "VARCHAR" }, "extract": { "key": "VARCHAR" },
          "sourceRef": { "storeRef": { "kind": "VARCHAR", "name": "VARCHAR" } } }]')
      )
    ],
    lambda item: item."key" is not null
  );

create or replace temp macro kubernetes_copy_spec(kind, object) as
  case when kind = 'ClusterExternalSecret' then object -> '$.spec.externalSecretSpec' else object -> '$.spec' end;

create or replace temp macro kubernetes_copy_target(kind, name, object) as
  case
    when kind = 'ExternalSecret' then coalesce(object ->> '$.spec.target.name', name)
    when kind = 'ClusterExternalSecret' then coalesce(
      object ->> '$.spec.externalSecretSpec.target.name', object ->> '$.spec.externalSecretName', name)
    when kind = 'SecretSync' then name
    else object ->> '$.spec.destination.name'
  end;

create or replace temp macro kubernetes_copy_objects(kind, spec) as
  case
    when kind in ('VaultStaticSecret', 'VaultDynamicSecret')
      and (spec ->> '$.mount') <> '' and (spec ->> '$.path') <> ''
    then ['vault:' || coalesce(nullif(trim(spec ->> '$.namespace', '/'), '') || ':', '')
      || trim(spec ->> '$.mount', '/') || '/' || trim(spec ->> '$.path', '/')]
    when kind = 'VaultPKISecret' and (spec ->> '$.mount') <> '' and (spec ->> '$.role') <> ''
    then ['vault:' || coalesce(nullif(trim(spec ->> '$.namespace', '/'), '') || ':', '')
      || trim(spec ->> '$.mount', '/') || '/issue/' || (spec ->> '$.role')]
  end;

create or replace temp macro kubernetes_copy_interval(spec) as
  coalesce(spec ->> '$.refreshInterval', spec ->> '$.refreshAfter');

-- The one provider of a SecretStore, with what its keys need to be read.
create or replace temp macro kubernetes_store_provider(object) as
  json_keys(object, '$.spec.provider')[1];
