import { secondTime } from './clock.ts';
import type { ContainerShape, PodRecord, PodShape, VolumeShape } from './kinds.ts';

const driverName = 'secrets-store.csi.k8s.io';

interface Shaped {
  serviceAccount: string;
  classes: string[];
  shape?: PodShape | null;
}

/** The spec of a pod: its shape, or one container that mounts all classes. */
export function podSpec(pod: Shaped, node: string | null, storedUid?: string): unknown {
  const { serviceAccount, classes } = pod;
  // Admission adds the volume of the pod's own token: it is in what is stored, not in what is sent.
  const access = storedUid === undefined ? null : accessVolume(storedUid);
  const shape = pod.shape ?? { containers: [{ name: 'app', classes }] };
  const volumes = [
    ...classes.map((name, index) => ({
      name: `secrets-${index}`,
      csi: { driver: driverName, readOnly: true, volumeAttributes: { secretProviderClass: name } },
    })),
    ...(shape.volumes ?? []).map(volumeBlock),
    ...(access === null ? [] : [access]),
  ];
  return {
    volumes: volumes.length === 0 ? undefined : volumes,
    containers: shape.containers.map((one) => containerBlock(one, classes, access?.name)),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: serviceAccount,
    serviceAccount,
    nodeName: node ?? undefined,
    hostNetwork: shape.hostNetwork,
    hostPID: shape.hostPID,
    shareProcessNamespace: shape.shareProcessNamespace,
    imagePullSecrets: shape.imagePullSecrets?.map((name) => ({ name })),
    schedulerName: 'default-scheduler',
  };
}

function accessVolume(uid: string) {
  const items = [{ key: 'ca.crt', path: 'ca.crt' }];
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items } },
  ];
  return { name: `kube-api-access-${uid.slice(0, 5)}`, projected: { sources, defaultMode: 420 } };
}

function volumeBlock(volume: VolumeShape): unknown {
  const { name, secrets = [], isProjected, hostPath } = volume;
  if (hostPath !== undefined) return { name, hostPath: { path: hostPath, type: '' } };
  if (isProjected !== true) {
    const [{ secret, items } = { secret: '' }] = secrets;
    return { name, secret: { secretName: secret, items, defaultMode: 420 } };
  }
  const sources = secrets.map(({ secret, items }) => ({ secret: { name: secret, items } }));
  return { name, projected: { sources, defaultMode: 420 } };
}

function containerBlock(container: ContainerShape, classes: string[], access?: string): unknown {
  const { name, image, env, envFrom, mounts = [], privileged } = container;
  const volumeMounts = [
    ...(container.classes ?? []).map((one) => ({
      name: `secrets-${classes.indexOf(one)}`,
      readOnly: true,
      mountPath: `/mnt/${one}`,
    })),
    ...mounts.map(({ volume, path, subPath }) => ({ name: volume, mountPath: path, subPath })),
    ...(access === undefined
      ? []
      : [
          {
            name: access,
            readOnly: true,
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
          },
        ]),
  ];
  return {
    name,
    image: image ?? 'registry.example.net/app:1.8.2',
    env: env?.map((one) => ({
      name: one.name,
      valueFrom: { secretKeyRef: { name: one.secret, key: one.key } },
    })),
    envFrom: envFrom?.map((secret) => ({ secretRef: { name: secret } })),
    resources: {},
    volumeMounts,
    securityContext: privileged === true ? { privileged: true } : undefined,
    imagePullPolicy: 'IfNotPresent',
  };
}

/** `status.containerStatuses`, for pods whose containers the play runs one by one. */
export function containerStatuses(pod: PodRecord): unknown[] | undefined {
  if (pod.containers.size === 0) return undefined;
  return [...pod.containers].map(([name, state]) => ({
    containerID: `containerd://${state.id}`,
    image: 'registry.example.net/app:1.8.2',
    imageID: 'registry.example.net/app@sha256:7c1f',
    lastState: {},
    name,
    ready: true,
    restartCount: state.restarts,
    started: true,
    state: { running: { startedAt: secondTime(state.startedAt) } },
  }));
}
