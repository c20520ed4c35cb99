import { type Envelope, objectAt, textAt } from './envelope.ts';

/** Events of EventBridge, with the record in `detail`. */
export const envelope: Envelope = {
  id: 'eventbridge',
  title: 'AWS EventBridge',
  recognised_by: ['detail-type', 'detail (object)'],
  documents: [
    {
      title: 'EventBridge: event structure',
      url: 'https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html',
    },
    {
      title: 'EventBridge: events through CloudTrail',
      url: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html',
    },
  ],
  open(value) {
    const detail = objectAt(value, 'detail');
    if (detail === null || textAt(value, 'detail-type') === null) return null;
    return [{ pointer: '/detail', value: detail }];
  },
};
