/** How shippers and clouds wrap a line, told by their own documentation and without the code under test. */
import { gzipSync } from 'node:zlib';

export interface Wrapper {
  name: string;
  /** A file of the lines, wrapped. */
  wrap(lines: readonly string[]): string;
  /** Where the event of line `index` lies, after the record id; `record` says which record that is. */
  pointer(index: number): string | null;
}

const time = '2026-11-23T16:00:00.123456789Z';
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

/** One record a line. */
function each(name: string, pointer: string | null, wrap: (line: string) => unknown): Wrapper {
  const textOf = (line: string): string => {
    const wrapped = wrap(line);
    return typeof wrapped === 'string' ? wrapped : JSON.stringify(wrapped);
  };
  return {
    name,
    wrap: (lines) => `${lines.map(textOf).join('\n')}\n`,
    pointer: () => pointer,
  };
}

/** One record for all lines. */
function together(
  name: string,
  pointer: (index: number) => string,
  wrap: (lines: readonly string[]) => unknown,
): Wrapper {
  return { name, pointer, wrap: (lines) => `${JSON.stringify(wrap(lines))}\n` };
}

const logEvents = (lines: readonly string[]): object[] =>
  lines.map((message, index) => ({ id: String(index), timestamp: 1_795_449_600_000, message }));

const subscription = (lines: readonly string[]): object => ({
  messageType: 'DATA_MESSAGE',
  owner: '111122223333',
  logGroup: '/aws/eks/prod/cluster',
  logStream: 'kube-apiserver-audit-0a1b2c3d',
  subscriptionFilters: ['all'],
  logEvents: logEvents(lines),
});

const zipped = (value: object): string => base64(gzipSync(JSON.stringify(value)));

const shippers: readonly Wrapper[] = [
  each('cri', null, (line) => `${time} stdout F ${line}`),
  each('syslog', null, (line) => `<134>1 ${time} cp-1 kube-apiserver 7 - - ${line}`),
  each('old-syslog', null, (line) => `<134>Nov 23 16:00:00 cp-1 vault[12]: ${line}`),
  each('node-logs', null, (line) => `master-0.example.com ${line}`),
  each('s3-export', null, (line) => `2026-11-23T16:00:00.123Z ${line}`),
  each('logstash-plain', null, (line) => `2026-11-23T16:00:00.123Z cp-1 ${line}`),
  each('docker', '/log', (line) => ({ log: `${line}\n`, stream: 'stdout', time })),
  each('docker-cri', '/log', (line) => ({
    log: `${time} stdout F ${line}\n`,
    stream: 'stdout',
    time,
  })),
  each('fluent-bit', '/log', (log) => ({ '@timestamp': 1795449600.123456, log })),
  each('fluentd', '/message', (message) => ({ tag: 'audit', message })),
  each('vector', '/message', (message) => ({
    file: '/var/log/kube-apiserver/audit.log',
    host: 'cp-1',
    message,
    source_type: 'file',
    timestamp: time,
  })),
  each('filebeat', '/message', (message) => ({
    '@timestamp': time,
    '@metadata': { beat: 'filebeat', type: '_doc', version: '8.17.0' },
    log: { file: { path: '/var/log/kubernetes/audit.log' }, offset: 1234 },
    message,
    agent: { type: 'filebeat' },
    ecs: { version: '8.0.0' },
  })),
  each('logstash', '/event/original', (original) => ({
    '@timestamp': time,
    '@version': '1',
    event: { original },
    host: { name: 'cp-1' },
  })),
];

const clouds: readonly Wrapper[] = [
  together(
    'otlp',
    (index) => `/resourceLogs/0/scopeLogs/0/logRecords/${index}/body/stringValue`,
    (lines) => ({
      resourceLogs: [
        {
          resource: { attributes: [] },
          scopeLogs: [
            { scope: {}, logRecords: lines.map((line) => ({ body: { stringValue: line } })) },
          ],
        },
      ],
    }),
  ),
  together(
    'cloudwatch',
    (index) => `/awslogs/data#/logEvents/${index}/message`,
    (lines) => ({ awslogs: { data: zipped(subscription(lines)) } }),
  ),
  together('cloudwatch-events', () => '/message', subscription),
  together(
    'kinesis',
    (index) => `/kinesis/data#/logEvents/${index}/message`,
    (lines) => ({ Records: [{ kinesis: { data: zipped(subscription(lines)) } }] }),
  ),
  together(
    'event-hubs',
    () => '/properties/log',
    (lines) => ({
      records: lines.map((log) => ({
        time,
        category: 'kube-audit-admin',
        operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read',
        properties: { log, stream: 'stdout', pod: 'kube-apiserver-0', containerID: 'abc' },
      })),
    }),
  ),
  each('pubsub-push', '/message/data', (line) => ({
    message: { data: base64(line), messageId: '7' },
    subscription: 'projects/example/subscriptions/audit',
  })),
  together(
    'pubsub-pull',
    (index) => `/receivedMessages/${index}/message/data`,
    (lines) => ({
      receivedMessages: lines.map((line) => ({
        ackId: 'a',
        message: { data: base64(line), messageId: '7' },
      })),
    }),
  ),
  together(
    'lines-in-a-text',
    (index) => `/message#/${index}`,
    (lines) => ({
      '@version': '1',
      message: `${[...lines, lines[0]].join('\n')}\n`,
    }),
  ),
  each('four-layers', '/message#/log#/message/data#/message', (line) => ({
    agent: {},
    message: JSON.stringify({
      log: JSON.stringify({ message: { data: base64(JSON.stringify({ message: line })) } }),
    }),
  })),
];

/** Every wrapper that the tests know. */
export const wrappers: readonly Wrapper[] = [...shippers, ...clouds];
