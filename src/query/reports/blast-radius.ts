import type { ReportKind } from './report-kind.ts';

/** Who could have held the named objects, by which path, and what became of each version. */
export const blastRadius: ReportKind = {
  title: 'Blast radius',
  named: true,
  questions: [
    { query: 'exposure/versions', key: ['object', 'version'], paths: ['provider_read'] },
    {
      query: 'exposure/exposures',
      key: ['id'],
      paths: ['csi_mount', 'synced_secret', 'secret_read', 'provider_read', 'pod_entry'],
    },
    { query: 'exposure/timeline', key: [], paths: ['csi_mount', 'provider_read'] },
  ],
};
