/**
 * An audit event whose user, role and subject are called what a report must show as text.
 *
 * @param at RFC 3339
 */
export function hostileBinding(name: string, at: string): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    kind: 'ClusterRoleBinding',
    apiVersion: `${apiGroup}/v1`,
    metadata: { name: 'b', uid: '1b0c7c52-0000-4000-8000-000000000001' },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', apiGroup, name: `${name}${'long'.repeat(100)}` }],
  };
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: '1b0c7c52-0000-4000-8000-000000000002',
    stage: 'ResponseComplete',
    requestURI: `/apis/${apiGroup}/v1/clusterrolebindings`,
    verb: 'create',
    user: { username: name },
    objectRef: { resource: 'clusterrolebindings', name: 'b', apiGroup, apiVersion: 'v1' },
    responseStatus: { code: 201 },
    requestObject: binding,
    responseObject: binding,
    requestReceivedTimestamp: at,
    stageTimestamp: at,
  };
}
