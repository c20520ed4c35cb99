-- Rules that several sources share.

-- An id that is the same in every store: nothing of arrival, file names or clocks goes into it.
create or replace temp macro event_id_of(source, key) as
  'event-' || left(sha256(concat(source, chr(10), key)), 16);

-- What kind of holder a Kubernetes user name is. Accounts of the control plane and of the driver are
-- platform: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
create or replace temp macro kubernetes_actor_class(username) as
  case
    when username is null then null
    when not contains(username, ':') then
      case when username in ('aksService', 'masterclient', 'nodeclient') then 'platform' else 'human' end
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
      "ownerReferences": [{ "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR", "controller": "BOOLEAN" }]
    },
    "spec": {
      "nodeName": "VARCHAR", "serviceAccountName": "VARCHAR", "serviceAccount": "VARCHAR",
      "volumes": [{ "name": "VARCHAR", "csi": { "driver": "VARCHAR", "volumeAttributes": { "secretProviderClass": "VARCHAR" } } }],
      "containers": [{ "name": "VARCHAR", "image": "VARCHAR", "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }] }],
      "initContainers": [{ "name": "VARCHAR", "image": "VARCHAR", "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }] }],
      "ephemeralContainers": [{ "name": "VARCHAR", "image": "VARCHAR", "volumeMounts": [{ "name": "VARCHAR", "mountPath": "VARCHAR", "subPath": "VARCHAR", "subPathExpr": "VARCHAR" }] }]
    },
    "status": { "podIP": "VARCHAR", "podIPs": [{ "ip": "VARCHAR" }], "hostIP": "VARCHAR" }
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

-- Parameters of a SecretProviderClass are strings; the lists and maps among them are YAML inside the string
-- (https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass). They become JSON in place.
create or replace temp macro kubernetes_class_parameters(parameters) as
  case when json_type(parameters) = 'OBJECT' then to_json(map_from_entries(
    once_each([
      {
        'key': entry.key,
        'value': coalesce(
          case when left(yaml_to_json(entry.value), 1) in ('[', '{') then
            try_cast(yaml_to_json(entry.value) as json) end,
          to_json(entry.value)
        )
      }
      for entry in map_entries(from_json(parameters, '"MAP(VARCHAR,VARCHAR)"'))
    ])
  )) end;
