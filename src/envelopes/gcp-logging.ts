import { type Envelope, objectAt, textAt } from './envelope.ts';

/**
 * Entries of Google Cloud Logging that are no audit log: what a container wrote is a text, or an object where
 * the agent parsed it as JSON.
 */
export const envelope: Envelope = {
  id: 'gcp_logging',
  title: 'Google Cloud Logging: logs of containers',
  recognised_by: [
    'textPayload (text) or jsonPayload (object) beside logName, insertId or resource',
  ],
  documents: [
    {
      title: 'Cloud Logging: LogEntry',
      url: 'https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry',
    },
    {
      title: 'Cloud Logging: structured logging',
      url: 'https://cloud.google.com/logging/docs/structured-logging',
    },
  ],
  open(value) {
    if (!['logName', 'insertId', 'resource'].some((key) => Object.hasOwn(value, key))) return null;
    const text = textAt(value, 'textPayload');
    if (text !== null) return [{ pointer: '/textPayload', value: text }];
    const parsed = objectAt(value, 'jsonPayload');
    return parsed === null ? null : [{ pointer: '/jsonPayload', value: parsed }];
  },
};
