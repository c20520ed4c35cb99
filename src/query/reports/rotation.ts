import type { ReportKind } from './report-kind.ts';

/** Which versions there are, who is behind, why, and whom only a restart moves on. */
export const rotation: ReportKind = {
  title: 'Rotation of credentials',
  questions: [
    { query: 'exposure/versions', key: ['object', 'version'], paths: ['provider_read'] },
    {
      query: 'rotation/holders_of_version',
      key: ['object', 'version', 'path', 'cluster', 'namespace', 'holder', 'since'],
      paths: ['csi_mount', 'synced_secret'],
    },
    {
      query: 'rotation/lag',
      key: ['object', 'version', 'path', 'cluster', 'namespace', 'holder'],
      paths: ['csi_mount', 'synced_secret'],
    },
    {
      query: 'rotation/not_effective',
      key: ['cluster', 'namespace', 'pod', 'class', 'object', 'version', 'reason'],
      paths: ['csi_mount'],
    },
    {
      query: 'rotation/restart_needed',
      key: ['cluster', 'namespace', 'pod', 'container', 'way', 'object', 'version'],
      paths: ['secret_env', 'secret_volume'],
    },
  ],
};
