import { type Envelope, textAt } from './envelope.ts';

const node = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])? (?=\{)/;

/**
 * OpenShift's collector and `oc adm node-logs`. Where the collector could not parse a line it stands in
 * `message`; where it could, the event is at the root with its level in another field, which the source
 * k8s_audit reads.
 */
export const envelope: Envelope = {
  id: 'openshift',
  title: 'OpenShift cluster logging; oc adm node-logs',
  recognised_by: ['message (text) beside log_type audit', 'a line of the node, then JSON'],
  documents: [
    {
      title: 'OpenShift: viewing audit logs',
      url: 'https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/security_and_compliance/audit-log-view',
    },
    {
      title: 'OpenShift cluster logging: exported fields',
      url: 'https://docs.redhat.com/en/documentation/openshift_container_platform/4.14/html/logging/cluster-logging-exported-fields',
    },
  ],
  open(value) {
    const message = textAt(value, 'message');
    if (message === null || textAt(value, 'log_type') === null) return null;
    return [{ pointer: '/message', value: message }];
  },
  strip(line) {
    const found = node.exec(line);
    return found && { rest: line.slice(found[0].length) };
  },
};
