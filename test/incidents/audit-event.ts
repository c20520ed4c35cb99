import { microTime } from './clock.ts';

export interface Actor {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
  userAgent: string;
  address: string;
  impersonates?: { username: string; groups: string[] };
}

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

/** Whether a policy logs the bodies of all that is written but Secrets. */
export function isFullPolicy(policy: Policy): boolean {
  return [fullPolicy, secretBodiesPolicy, secretAnswersPolicy].includes(policy);
}

/** As managed clouds have it: bodies of the built-in groups, only metadata of custom resources. */
export const managedPolicy: Policy = (request) => {
  const { level, omitReceived } = fullPolicy(request);
  if (request.group === driverGroup) return { level: 'Metadata', omitReceived };
  return { level, omitReceived };
};

function requestUri(request: ApiRequest): string {
  const version = request.version ?? 'v1';
  const root =
    request.group === undefined ? `/api/${version}` : `/apis/${request.group}/${version}`;
  const namespace = request.namespace === undefined ? '' : `/namespaces/${request.namespace}`;
  const isCollection = request.verb === 'list' || request.verb === 'watch';
  const isNew = request.verb === 'create' && !request.subresource;
  // A field selector of the name puts it into objectRef, never into the path.
  const hasName = request.name !== undefined && !isNew && !isCollection;
  const name = hasName ? `/${request.name}` : '';
  const subresource = request.subresource === undefined ? '' : `/${request.subresource}`;
  const query = request.query === undefined ? '' : `?${request.query}`;
  const proxied = request.proxyPath ?? '';
  return `${root}${namespace}/${request.resource}${name}${subresource}${proxied}${query}`;
}

function userBlock(actor: Actor): unknown {
  return {
    username: actor.username,
    uid: actor.uid,
    groups: actor.groups,
    extra: actor.extra,
  };
}

function impersonatedBlock(actor: Actor): unknown {
  if (actor.impersonates === undefined) return undefined;
  return { username: actor.impersonates.username, groups: actor.impersonates.groups };
}

function statusBlock(request: ApiRequest): unknown {
  const code = request.code ?? (request.verb === 'create' ? 201 : 200);
  if (code < 400) return { metadata: {}, code, details: request.details };
  return {
    metadata: {},
    status: 'Failure',
    message: request.message,
    reason: request.reason,
    details: request.details,
    code,
  };
}

/** The lines of one request, stage by stage, in the key order of the API server. */
export function auditLines(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  received: number,
  completed: number,
): { text: string; opening: boolean }[] {
  const { level, omitReceived } = policy(request);
  if (level === 'None') return [];
  const { actor } = request;
  const common = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
  };
  const middle = middleBlock(request, actor);
  const opened = {
    ...common,
    stage: 'RequestReceived',
    ...middle,
    // The name and uid of a body are known only once it has been read.
    objectRef: { ...middle.objectRef, uid: undefined, resourceVersion: undefined },
    requestReceivedTimestamp: microTime(received),
    stageTimestamp: microTime(received),
  };
  const stage = request.longRunning === true ? 'ResponseStarted' : 'ResponseComplete';
  const times = { received, completed };
  const lines = [closingLine(request, policy, auditId, stage, times)];
  if (!omitReceived) lines.unshift({ text: JSON.stringify(opened), opening: true });
  return lines;
}

/** The last line of a long request: `ResponseStarted` came when it began. */
export function endLine(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  times: { received: number; completed: number },
): { text: string; opening: boolean }[] {
  if (policy(request).level === 'None') return [];
  return [closingLine(request, policy, auditId, 'ResponseComplete', times)];
}

function closingLine(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  stage: 'ResponseStarted' | 'ResponseComplete',
  times: { received: number; completed: number },
): { text: string; opening: boolean } {
  const { level } = policy(request);
  const { actor } = request;
  const hasBodies = level !== 'Metadata';
  const failed = (request.code ?? 200) >= 400;
  const response = level === 'RequestResponse' && !request.longRunning;
  const decision = {
    'authorization.k8s.io/decision': request.code === 403 ? 'forbid' : 'allow',
    'authorization.k8s.io/reason': request.code === 403 ? '' : reasonOf(actor),
    ...request.annotations,
  };
  const closed = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
    stage,
    ...middleBlock(request, actor),
    responseStatus: statusBlock(request),
    requestObject: hasBodies ? request.requestObject : undefined,
    responseObject: response ? (failed ? failureBody(request) : request.responseObject) : undefined,
    requestReceivedTimestamp: microTime(times.received),
    stageTimestamp: microTime(times.completed),
    annotations: decision,
  };
  return { text: JSON.stringify(closed), opening: false };
}

function middleBlock(request: ApiRequest, actor: Actor) {
  return {
    requestURI: requestUri(request),
    verb: request.verb,
    user: userBlock(actor),
    impersonatedUser: impersonatedBlock(actor),
    sourceIPs: [actor.address],
    userAgent: actor.userAgent,
    objectRef: {
      resource: request.resource,
      namespace: request.namespace,
      name: request.name,
      uid: request.uid,
      apiGroup: request.group,
      apiVersion: request.version ?? 'v1',
      resourceVersion: request.resourceVersion,
      subresource: request.subresource,
    },
  };
}

function reasonOf(actor: Actor): string {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(actor.username);
  if (match === null) return '';
  return `RBAC: allowed by ClusterRoleBinding "${match[2]}" of ClusterRole "${match[2]}" to ServiceAccount "${match[2]}/${match[1]}"`;
}

function failureBody(request: ApiRequest): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: request.message,
    reason: request.reason,
    details: request.details,
    code: request.code,
  };
}
