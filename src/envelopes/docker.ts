import { type Envelope, textAt } from './envelope.ts';

/** Container log lines as Docker's json-file driver writes them. */
export const envelope: Envelope = {
  id: 'docker_json_file',
  title: "Docker's json-file log driver",
  recognised_by: ['log (text)', 'stream', 'time'],
  documents: [
    {
      title: 'Docker: JSON File logging driver',
      url: 'https://docs.docker.com/engine/logging/drivers/json-file/',
    },
  ],
  open(value) {
    const log = textAt(value, 'log');
    if (log === null || textAt(value, 'stream') === null || textAt(value, 'time') === null)
      return null;
    return [{ pointer: '/log', value: log }];
  },
};
