import { type Envelope, objectAt, textAt } from './envelope.ts';

/**
 * Records of fluentd, and of any other shipper that leaves the line in `message`; its parser filter may keep
 * the event below a key of its own.
 */
export const envelope: Envelope = {
  id: 'fluentd',
  title: 'fluentd: tail input, parser filter',
  recognised_by: ['parsed (object) or message (text)'],
  documents: [
    { title: 'fluentd: tail input', url: 'https://docs.fluentd.org/input/tail' },
    { title: 'fluentd: parser filter', url: 'https://docs.fluentd.org/filter/parser' },
  ],
  asked: 'last',
  open(value) {
    const parsed = objectAt(value, 'parsed');
    if (parsed !== null) return [{ pointer: '/parsed', value: parsed }];
    const message = textAt(value, 'message');
    return message === null ? null : [{ pointer: '/message', value: message }];
  },
};
