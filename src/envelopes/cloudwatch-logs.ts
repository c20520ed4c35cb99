import { type Envelope, elementsAt, objectAt, textAt } from './envelope.ts';

const exported = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?=[{[])/;
const control = 'CWL CONTROL MESSAGE:';

/**
 * CloudWatch Logs, through which EKS gives its audit log: what a subscription sends (gzip and base64 in
 * `awslogs.data` or in a Kinesis record), its elements, what FilterLogEvents answers, and lines of an
 * export to S3. Control messages of a subscription carry nothing.
 */
export const envelope: Envelope = {
  id: 'cloudwatch_logs',
  title: 'AWS CloudWatch Logs (EKS): subscription, FilterLogEvents, export to S3',
  recognised_by: [
    'awslogs.data (gzip in base64)',
    'messageType and logEvents',
    'message and timestamp beside id, eventId or ingestionTime',
    'a line of time, then JSON',
  ],
  documents: [
    {
      title: 'CloudWatch Logs: subscription filters',
      url: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html',
    },
    {
      title: 'CloudWatch Logs: FilterLogEvents',
      url: 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html',
    },
    {
      title: 'CloudWatch Logs: export to S3',
      url: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html',
    },
    {
      title: 'EKS: control plane logs',
      url: 'https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html',
    },
  ],
  open(value) {
    const data = textAt(objectAt(value, 'awslogs') ?? {}, 'data');
    if (data !== null) return [{ pointer: '/awslogs/data', value: data }];
    const type = textAt(value, 'messageType');
    if (type === 'CONTROL_MESSAGE') return [];
    if (type === 'DATA_MESSAGE') return elementsAt(value, 'logEvents');
    const message = textAt(value, 'message');
    const isEvent = ['id', 'eventId', 'ingestionTime'].some((key) => Object.hasOwn(value, key));
    if (message === null || !isEvent || typeof value.timestamp !== 'number') return null;
    return message.startsWith(control) ? [] : [{ pointer: '/message', value: message }];
  },
  strip(line) {
    const found = exported.exec(line);
    return found && { rest: line.slice(found[0].length) };
  },
};
