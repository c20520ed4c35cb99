import type { ReportKind } from './report-kind.ts';

/** What each mount is, whether it keeps to least privilege, and where statements contradict. */
export const governance: ReportKind = {
  title: 'Governance of mounted credentials',
  questions: [
    { query: 'governance/verdicts', paths: ['csi_mount', 'rbac'] },
    { query: 'governance/contradicting_statements', paths: ['csi_mount'] },
    { query: 'governance/mounts', paths: ['csi_mount'] },
  ],
};
