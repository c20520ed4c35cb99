import { secondTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';

export const account = '111122223333';
export const region = 'eu-west-1';

/** A role, and the id that its sessions' principal ids begin with. */
export interface Role {
  name: string;
  arn: string;
  principalId: string;
}

/** Who signs a call: a user of the account, or a session of a role. */
export interface AwsIdentity {
  type: 'IAMUser' | 'AssumedRole';
  principalId: string;
  arn: string;
  accessKeyId: string;
  /** Of a user. */
  userName?: string;
  /** Of a session: its role, and when it began, in microseconds. */
  role?: Role;
  createdAt?: number;
  /** ARN of the OIDC provider whose token the session was given for. */
  federatedProvider?: string;
}

/** From where and with what a call comes. */
export interface Client {
  address: string;
  userAgent: string;
}

/** One call and what came of it. */
export interface Call {
  /** `secretsmanager`, `kms`, `sts` … */
  service: string;
  action: string;
  userIdentity: Record<string, unknown>;
  from: Client;
  request: Record<string, unknown> | null;
  response?: Record<string, unknown> | null;
  readOnly: boolean;
  error?: { code: string; message: string };
  /** What stands beside them: `resources`, `additionalEventData`, `sharedEventID`. */
  more?: Record<string, unknown>;
}

export type CloudtrailRecord = Record<string, unknown>;

/**
 * A management event as a trail writes it:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 *
 * @param at microseconds by the service's clock; the trail keeps whole seconds
 */
export function cloudtrailRecord(call: Call, at: number, random: Random): CloudtrailRecord {
  const { service, action, userIdentity, from, request, response = null, readOnly } = call;
  const { error, more = {} } = call;
  const isService = from.address.endsWith('.amazonaws.com');
  return {
    eventVersion: '1.09',
    userIdentity,
    eventTime: secondTime(at),
    eventSource: `${service}.amazonaws.com`,
    eventName: action,
    awsRegion: region,
    sourceIPAddress: from.address,
    userAgent: from.userAgent,
    ...(error === undefined ? {} : { errorCode: error.code, errorMessage: error.message }),
    requestParameters: request,
    responseElements: error === undefined ? response : null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly,
    ...more,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...(isService ? {} : { tlsDetails: tlsOf(`${service}.${region}.amazonaws.com`) }),
  };
}

function tlsOf(host: string): Record<string, string> {
  return {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: host,
  };
}

/**
 * `userIdentity` of a call. A call that a service makes in somebody's name is signed with a key of its
 * own, and says which service it is.
 */
export function userIdentityOf(
  {
    type,
    principalId,
    arn,
    accessKeyId,
    userName,
    role,
    createdAt,
    federatedProvider,
  }: AwsIdentity,
  forwarded?: { accessKeyId: string; invokedBy: string; at: number },
): Record<string, unknown> {
  const created = type === 'AssumedRole' ? createdAt : forwarded?.at;
  return {
    type,
    principalId,
    arn,
    accountId: account,
    accessKeyId: forwarded?.accessKeyId ?? accessKeyId,
    ...(userName === undefined ? {} : { userName }),
    ...(created === undefined
      ? {}
      : {
          sessionContext: {
            sessionIssuer: role === undefined ? {} : issuerOf(role),
            webIdFederationData:
              federatedProvider === undefined ? {} : { federatedProvider, attributes: {} },
            attributes: { creationDate: secondTime(created), mfaAuthenticated: 'false' },
          },
        }),
    ...(forwarded === undefined ? {} : { invokedBy: forwarded.invokedBy }),
  };
}

function issuerOf({ name, arn, principalId }: Role): Record<string, string> {
  return { type: 'Role', principalId, arn, accountId: account, userName: name };
}

const american = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** `Dec 13, 2023, 7:14:20 AM`, as STS writes when credentials expire. */
export function americanTime(microseconds: number): string {
  // Newer tables of locales put a narrow space before AM, older ones a plain one.
  return american.format(microseconds / 1000).replaceAll('\u202f', ' ');
}
