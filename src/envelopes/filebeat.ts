import { type Envelope, objectAt, textAt } from './envelope.ts';

/**
 * Events of Filebeat and Elastic Agent: the line in `message`, what a pipeline kept of it in
 * `event.original`, or the parsed event below `json`.
 */
export const envelope: Envelope = {
  id: 'filebeat',
  title: 'Filebeat, Elastic Agent',
  recognised_by: ['agent, ecs or @metadata', 'message, event.original (texts) or json (object)'],
  documents: [
    {
      title: 'Filebeat: fields',
      url: 'https://www.elastic.co/docs/reference/beats/filebeat/exported-fields-log',
    },
    { title: 'ECS: event.original', url: 'https://www.elastic.co/docs/reference/ecs/ecs-event' },
  ],
  open(value) {
    if (!['agent', 'ecs', '@metadata', 'beat'].some((key) => objectAt(value, key) !== null)) {
      return null;
    }
    const original = textAt(objectAt(value, 'event') ?? {}, 'original');
    if (original !== null) return [{ pointer: '/event/original', value: original }];
    const message = textAt(value, 'message');
    if (message !== null) return [{ pointer: '/message', value: message }];
    const parsed = objectAt(value, 'json');
    return parsed === null ? null : [{ pointer: '/json', value: parsed }];
  },
};
