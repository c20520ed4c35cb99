import { type Envelope, elementsAt } from './envelope.ts';

const names = ['records', 'Records', 'items', 'logEvents'];

/**
 * A list inside a wrapper. A document of its own is cut at these arrays when it is landed; the same inside
 * a text is opened here. Event Hubs gives batches of `records`, CloudTrail `Records`, the Kubernetes audit
 * webhook `items`.
 */
export const envelope: Envelope = {
  id: 'list',
  title: 'Lists: Azure Event Hubs records, CloudTrail Records, Kubernetes EventList items',
  recognised_by: names.map((name) => `${name} (list)`),
  documents: [
    {
      title: 'Azure Monitor: stream logs to Event Hubs',
      url: 'https://learn.microsoft.com/en-us/azure/azure-monitor/platform/stream-monitoring-data-event-hubs',
    },
    {
      title: 'Kubernetes: audit.k8s.io/v1 EventList',
      url: 'https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-EventList',
    },
  ],
  open(value) {
    const name = names.find((each) => Array.isArray(value[each]));
    return name === undefined ? null : elementsAt(value, name);
  },
};
