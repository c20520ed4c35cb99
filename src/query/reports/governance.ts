import type { ReportKind } from './report-kind.ts';

/** What each mount is, whether it keeps to least privilege, and where statements contradict. */
export const governance: ReportKind = {
  title: 'Governance of mounted credentials',
  questions: [
    {
      query: 'governance/verdicts',
      key: ['cluster', 'namespace', 'pod', 'class', 'rule'],
      paths: ['csi_mount', 'rbac'],
    },
    {
      query: 'governance/contradicting_statements',
      key: ['cluster', 'namespace', 'pod', 'class', 'attribute'],
      paths: ['csi_mount'],
    },
    { query: 'governance/mounts', key: ['mount_id'], paths: ['csi_mount'] },
  ],
};
