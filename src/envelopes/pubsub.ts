import { type Envelope, elementsAt, objectAt, textAt } from './envelope.ts';

/** Messages of Pub/Sub, pushed or pulled: the record in base64. */
export const envelope: Envelope = {
  id: 'pubsub',
  title: 'Google Pub/Sub: push and pull',
  recognised_by: ['message.data (base64)', 'receivedMessages', 'data beside messageId'],
  documents: [
    { title: 'Pub/Sub: push', url: 'https://cloud.google.com/pubsub/docs/push' },
    {
      title: 'Pub/Sub: pull',
      url: 'https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull',
    },
  ],
  open(value) {
    if (Array.isArray(value.receivedMessages)) return elementsAt(value, 'receivedMessages');
    const pushed = textAt(objectAt(value, 'message') ?? {}, 'data');
    if (pushed !== null) return [{ pointer: '/message/data', value: pushed }];
    const data = textAt(value, 'data');
    if (data === null || textAt(value, 'messageId') === null) return null;
    return [{ pointer: '/data', value: data }];
  },
};
