import { type Envelope, textAt } from './envelope.ts';

/** Events of Vector's file and kubernetes_logs sources. */
export const envelope: Envelope = {
  id: 'vector',
  title: 'Vector: file and kubernetes_logs sources',
  recognised_by: ['message (text)', 'source_type'],
  documents: [
    {
      title: 'Vector: file source',
      url: 'https://vector.dev/docs/reference/configuration/sources/file/',
    },
    {
      title: 'Vector: kubernetes_logs source',
      url: 'https://vector.dev/docs/reference/configuration/sources/kubernetes_logs/',
    },
  ],
  open(value) {
    const message = textAt(value, 'message');
    if (message === null || textAt(value, 'source_type') === null) return null;
    return [{ pointer: '/message', value: message }];
  },
};
