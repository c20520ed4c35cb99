import { microTime } from '../../../simulate/world/clock.ts';
import type { PodRecord } from '../../../simulate/world/kinds.ts';

/** A volume of the driver, whose path is all that a provider is told of a pod. */
export interface Volume {
  pod: PodRecord;
  /** The class that it is of. */
  class: string;
}

/** Where the kubelet mounts the volume. */
function targetPath({ pod, class: name }: Volume): string {
  const volume = `secrets-${pod.classes.indexOf(name)}`;
  return `/var/lib/kubelet/pods/${pod.uid}/volumes/kubernetes.io~csi/${volume}/mount`;
}

/**
 * What Akeyless's provider says of each file that it gives, behind what a container runtime puts before
 * a line: Go's log has no zone, and its clock is UTC.
 * https://github.com/akeylesslabs/akeyless-csi-provider/blob/main/internal/provider/provider.go
 *
 * @param at microseconds
 */
export function addedLine(volume: Volume, file: string, at: number): string {
  const stamp = microTime(at).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const said = `secret added to mount response, directory: ${targetPath(volume)}, file: ${file}`;
  return `${runtimePrefix(at)} ${stamp} ${said}`;
}

/**
 * What the driver says when the volume is there, in klog's form: month and day, no year.
 * https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/v1.6.0/pkg/secrets-store/nodeserver.go
 *
 * @param at microseconds
 */
export function publishedLine(volume: Volume, at: number): string {
  const { pod } = volume;
  const path = `targetPath="${targetPath(volume)}" pod="${pod.namespace}/${pod.name}"`;
  return klog(
    at,
    'nodeserver.go:253',
    `"node publish volume complete" ${path} time="121.682692ms"`,
  );
}

/** What the driver says before it asks a provider. */
export function askedLine({ pod }: Volume, provider: string, at: number): string {
  return klog(
    at,
    'nodeserver.go:353',
    `"Using gRPC client" provider="${provider}" pod="${pod.name}"`,
  );
}

function klog(at: number, place: string, said: string): string {
  const time = microTime(at);
  const stamp = `${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 26)}`;
  return `${runtimePrefix(at)} I${stamp}       1 ${place}] ${said}`;
}

/** https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
function runtimePrefix(at: number): string {
  return `${microTime(at).slice(0, -1)}000Z stderr F`;
}
