/** Who sends a request, as the log will have it. */
export interface Actor {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
  userAgent: string;
  address: string;
  impersonates?: { username: string; groups: string[] };
}

/** One request to the API of a cluster. */
export interface ApiRequest {
  actor: Actor;
  verb: string;
  group?: string;
  version?: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  /** The name in the URL; for a create it is what the body names, which the log then shows too. */
  name?: string;
  /** objectRef.uid: only where the body that was sent carries one. */
  uid?: string;
  resourceVersion?: string;
  query?: string;
  requestObject?: unknown;
  responseObject?: unknown;
  code?: number;
  reason?: string;
  message?: string;
  details?: unknown;
  annotations?: Record<string, string>;
  /** What a proxy, the last part of the path, is asked for. */
  proxyPath?: string;
  longRunning?: boolean;
  /** False for ordinary traffic that no truth rests on. */
  needed?: boolean;
}

type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** What a policy says about one request: its level, and whether RequestReceived is left out. */
export type Policy = (request: ApiRequest) => { level: Level; omitReceived: boolean };

/** One line of a request, and whether it only tells that the request came. */
export interface RequestLine {
  text: string;
  opening: boolean;
}

/** A log of API requests: how it writes one, stage by stage. */
export interface RequestWriter {
  /** The lines of a request that is over, or of one that lasts and has begun. */
  lines(
    request: ApiRequest,
    policy: Policy,
    auditId: string,
    times: { received: number; completed: number },
  ): RequestLine[];
  /** What is written when a request that lasted is over. */
  endLines(
    request: ApiRequest,
    policy: Policy,
    auditId: string,
    times: { received: number; completed: number },
  ): RequestLine[];
}

const driverGroup = 'secrets-store.csi.x-k8s.io';
const bodyless = new Set(['secrets', 'configmaps', 'tokenreviews']);
const reading = new Set(['get', 'list', 'watch']);

/** Bodies of everything that is written, Secrets apart; what a team sets up that cares for evidence. */
export const fullPolicy: Policy = (request) => {
  if (request.resource === 'events') return { level: 'None', omitReceived: true };
  if (request.subresource === 'token') return { level: 'Request', omitReceived: false };
  if (bodyless.has(request.resource)) return { level: 'Metadata', omitReceived: true };
  if (reading.has(request.verb)) return { level: 'Metadata', omitReceived: true };
  return { level: 'RequestResponse', omitReceived: true };
};

/** The same, and the cluster's events, which most policies leave out. */
export const eventsPolicy: Policy = (request) =>
  request.resource === 'events' ? { level: 'Request', omitReceived: true } : fullPolicy(request);

/** Somebody wanted to see what is written into Secrets: the log itself now holds the values. */
export const secretBodiesPolicy: Policy = (request) => {
  const { level, omitReceived } = fullPolicy(request);
  const isWrite = request.resource === 'secrets' && !reading.has(request.verb);
  return { level: isWrite ? 'Request' : level, omitReceived };
};

/** Answers to reads of Secrets are logged whole: only now tables and metadata can be told. */
export const secretAnswersPolicy: Policy = (request) => {
  const { level, omitReceived } = fullPolicy(request);
  const isRead = request.resource === 'secrets' && reading.has(request.verb);
  return { level: isRead ? 'RequestResponse' : level, omitReceived };
};

/** As managed clouds have it: bodies of the built-in groups, only metadata of custom resources. */
export const managedPolicy: Policy = (request) => {
  const { level, omitReceived } = fullPolicy(request);
  if (request.group === driverGroup) return { level: 'Metadata', omitReceived };
  return { level, omitReceived };
};

/** Whether what is sent with a request stands in the log. */
export function logsBody(policy: Policy, request: ApiRequest): boolean {
  const { level } = policy(request);
  return level === 'Request' || level === 'RequestResponse';
}

/** Whether what a request is answered stands in the log. */
export function logsAnswer(policy: Policy, request: ApiRequest): boolean {
  return policy(request).level === 'RequestResponse';
}

/** Whether a policy logs the bodies of all that is written but Secrets. */
export function isFullPolicy(policy: Policy): boolean {
  return [fullPolicy, secretBodiesPolicy, secretAnswersPolicy].includes(policy);
}
