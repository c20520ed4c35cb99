import { type Envelope, objectAt, textAt } from './envelope.ts';

const prefix =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z (?:[\w.-]+|%\{host\}|\{"[^{}]*"\}|\{[\w.,= -]+\}) (?=[{[])/;

/** Events of Logstash: codec json, or its default codec plain, which writes time, host and the line. */
export const envelope: Envelope = {
  id: 'logstash',
  title: 'Logstash: codecs json and plain',
  recognised_by: [
    '@version',
    'message or event.original (texts)',
    'a line of time, host, then the text',
  ],
  documents: [
    {
      title: 'Logstash: Kafka output',
      url: 'https://www.elastic.co/docs/reference/logstash/plugins/plugins-outputs-kafka',
    },
  ],
  open(value) {
    if (!Object.hasOwn(value, '@version')) return null;
    const original = textAt(objectAt(value, 'event') ?? {}, 'original');
    if (original !== null) return [{ pointer: '/event/original', value: original }];
    const message = textAt(value, 'message');
    return message === null ? null : [{ pointer: '/message', value: message }];
  },
  strip(line) {
    const found = prefix.exec(line);
    return found && { rest: line.slice(found[0].length) };
  },
};
