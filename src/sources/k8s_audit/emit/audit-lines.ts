import type {
  Actor,
  ApiRequest,
  Policy,
  RequestLine,
  RequestWriter,
} from '../../../simulate/world/api-request.ts';
import { microTime } from '../../../simulate/world/clock.ts';

/** The log of a Kubernetes API server, `audit.k8s.io/v1` lines. */
export const auditLog: RequestWriter = { lines: auditLines, endLines: endLine };

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
function auditLines(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  times: { received: number; completed: number },
): RequestLine[] {
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
    requestReceivedTimestamp: microTime(times.received),
    stageTimestamp: microTime(times.received),
  };
  const stage = request.longRunning === true ? 'ResponseStarted' : 'ResponseComplete';
  const lines = [closingLine(request, policy, auditId, stage, times)];
  if (!omitReceived) lines.unshift({ text: JSON.stringify(opened), opening: true });
  return lines;
}

/** The last line of a long request: `ResponseStarted` came when it began. */
function endLine(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  times: { received: number; completed: number },
): RequestLine[] {
  if (policy(request).level === 'None') return [];
  return [closingLine(request, policy, auditId, 'ResponseComplete', times)];
}

function closingLine(
  request: ApiRequest,
  policy: Policy,
  auditId: string,
  stage: 'ResponseStarted' | 'ResponseComplete',
  times: { received: number; completed: number },
): RequestLine {
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
