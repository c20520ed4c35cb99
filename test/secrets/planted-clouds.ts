type Plain = (place: string) => string;

const base64 = (value: string): string => Buffer.from(value).toString('base64');
const at = '2026-11-20T03:00:00Z';

/** Records of clouds as tables of lakes hold them, under other names and with bodies as texts of JSON. */
export function plantedClouds(plain: Plain): Record<string, string> {
  return {
    'tables-gcp.jsonl': jsonLines([
      entry('create', {
        requestJson: JSON.stringify({ data: { key: base64(plain('requestJson, data')) } }),
        responseJson: JSON.stringify({ data: { key: base64(plain('responseJson, data')) } }),
      }),
      entry('update', {
        requestJson: JSON.stringify({ stringData: { key: plain('requestJson, stringData') } }),
      }),
      entry('patch', {
        requestJson: JSON.stringify([
          { op: 'replace', path: '/data/key', value: base64(plain('requestJson, patch')) },
        ]),
      }),
      {
        ...inLowerCase,
        protopayload: { ...payloadOf('create'), request: { data: { key: base64(plain('lake')) } } },
      },
    ]),
    'tables-aws.jsonl': jsonLines([
      {
        ...assumed,
        responseelements: { credentials: { sessiontoken: plain('session token in a lake') } },
      },
      {
        ...assumed,
        responseelements: JSON.stringify({
          credentials: { sessionToken: plain('session token in a text of a lake') },
        }),
      },
    ]),
    'lookup.json': JSON.stringify({
      Events: [{ EventId: 'e1', CloudTrailEvent: JSON.stringify(lookedUp(plain)) }],
    }),
  };
}

function jsonLines(records: readonly object[]): string {
  return `${records.map((record) => JSON.stringify(record)).join('\n')}\n`;
}

const inLowerCase = {
  insertid: 'lake',
  logname: 'projects/acme/logs/cloudaudit.googleapis.com%2Factivity',
  resource: { type: 'k8s_cluster', labels: { project_id: 'acme', cluster_name: 'prod' } },
  timestamp: at,
};

function payloadOf(verb: string): object {
  return {
    serviceName: 'k8s.io',
    methodName: `io.k8s.core.v1.secrets.${verb}`,
    resourceName: 'core/v1/namespaces/shop/secrets/stripe',
    authenticationInfo: { principalEmail: 'ana@example.com' },
  };
}

function entry(verb: string, bodies: object): object {
  return {
    insertId: `table-${verb}`,
    logName: inLowerCase.logname,
    resource: inLowerCase.resource,
    timestamp: at,
    protopayload_auditlog: { ...payloadOf(verb), ...bodies },
  };
}

const assumed = {
  eventversion: '1.11',
  useridentity: { type: 'AWSAccount', accountid: '111122223333' },
  eventtime: at,
  eventsource: 'sts.amazonaws.com',
  eventname: 'AssumeRole',
};

function lookedUp(plain: Plain): object {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSAccount', accountId: '111122223333' },
    eventTime: at,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    responseElements: { credentials: { sessionToken: plain('session token looked up') } },
  };
}
