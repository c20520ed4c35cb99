import type { ReportKind } from './report-kind.ts';

/** Who held or could have held credentials, who read them outside mounts, and how rights changed. */
export const accessReview: ReportKind = {
  title: 'Access review',
  questions: [
    { query: 'exposure/exposures', paths: ['csi_mount', 'secret_read', 'provider_read', 'rbac'] },
    { query: 'exposure/reads_without_mount', paths: ['csi_mount', 'provider_read'] },
    { query: 'privilege/binding_changes', paths: ['rbac'] },
    { query: 'governance/contradicting_statements', paths: ['csi_mount'] },
  ],
};
