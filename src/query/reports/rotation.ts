import type { ReportKind } from './report-kind.ts';

/** Which versions there are, who is behind, why, and whom only a restart moves on. */
export const rotation: ReportKind = {
  title: 'Rotation of credentials',
  questions: [
    { query: 'exposure/versions', paths: ['provider_read'] },
    { query: 'rotation/holders_of_version', paths: ['csi_mount', 'synced_secret'] },
    { query: 'rotation/lag', paths: ['csi_mount', 'synced_secret'] },
    { query: 'rotation/not_effective', paths: ['csi_mount'] },
    { query: 'rotation/restart_needed', paths: ['secret_env', 'secret_volume'] },
  ],
};
