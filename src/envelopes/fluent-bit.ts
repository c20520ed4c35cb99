import { type Envelope, objectAt, textAt } from './envelope.ts';

/**
 * Records of fluent-bit and fluentd with the line in `log`. The kubernetes filter parses it beside into
 * `log_processed` (Merge_Log_Key), which is the same event once more: the line itself is preferred.
 */
export const envelope: Envelope = {
  id: 'fluent_bit',
  title: 'fluent-bit: tail input, kubernetes filter',
  recognised_by: ['log (text), or log_processed (object)'],
  documents: [
    {
      title: 'fluent-bit: Kafka output',
      url: 'https://docs.fluentbit.io/manual/data-pipeline/outputs/kafka',
    },
    {
      title: 'fluent-bit: Kubernetes filter',
      url: 'https://docs.fluentbit.io/manual/data-pipeline/filters/kubernetes',
    },
  ],
  open(value) {
    const log = textAt(value, 'log');
    if (log !== null) return [{ pointer: '/log', value: log }];
    const processed = objectAt(value, 'log_processed');
    return processed === null ? null : [{ pointer: '/log_processed', value: processed }];
  },
};
