import { type Envelope, objectAt, textAt } from './envelope.ts';

/**
 * Diagnostic logs of AKS: the audit event is a text, in `properties.log`, or in `log_s` of Log Analytics'
 * table AzureDiagnostics. Other categories of the control plane hold lines of klog there.
 */
export const envelope: Envelope = {
  id: 'aks',
  title: 'Azure AKS diagnostic logs',
  recognised_by: ['category kube-audit or kube-audit-admin', 'properties.log or log_s (texts)'],
  documents: [
    {
      title: 'AKS: control plane logs',
      url: 'https://learn.microsoft.com/en-us/azure/aks/monitor-aks-reference',
    },
    {
      title: 'Azure Monitor: AKSAudit',
      url: 'https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/aksaudit',
    },
  ],
  asked: 'first',
  open(value) {
    const category = textAt(value, 'category') ?? textAt(value, 'Category') ?? '';
    if (!/^kube-audit(?:-admin)?$/i.test(category)) return null;
    const log = textAt(objectAt(value, 'properties') ?? {}, 'log');
    if (log !== null) return [{ pointer: '/properties/log', value: log }];
    const column = textAt(value, 'log_s');
    return column === null ? null : [{ pointer: '/log_s', value: column }];
  },
};
