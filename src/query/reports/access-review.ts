import type { ReportKind } from './report-kind.ts';

/** Who held or could have held credentials, who read them outside mounts, and how rights changed. */
export const accessReview: ReportKind = {
  title: 'Access review',
  questions: [
    {
      query: 'exposure/exposures',
      key: ['id'],
      paths: ['csi_mount', 'secret_read', 'provider_read', 'rbac'],
    },
    {
      query: 'exposure/reads_without_mount',
      key: ['exposure_id'],
      paths: ['csi_mount', 'provider_read'],
    },
    {
      query: 'privilege/binding_changes',
      key: ['event_id', 'kind', 'namespace', 'name'],
      paths: ['rbac'],
    },
    {
      query: 'governance/contradicting_statements',
      key: ['cluster', 'namespace', 'pod', 'class', 'attribute'],
      paths: ['csi_mount'],
    },
  ],
};
