import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';

export const project = 'shop-prod';
/** Google's own name of the project, which answers carry. */
export const projectNumber = '123456789012';
/** The pool of all GKE clusters of the project. */
export const pool = `${project}.svc.id.goog`;

/** Who calls: by the subject of a federation, or as an account of Google, perhaps in another's name. */
export interface Principal {
  subject?: string;
  email?: string;
  /** Who stands behind the account, the first one first; an empty list is logged as one of nobody. */
  delegates?: string[];
}

/** From where and with what a call comes. */
export interface Client {
  address: string;
  userAgent: string;
}

/** One call and what came of it. */
export interface Call {
  service: string;
  method: string;
  permission: string;
  kind: 'DATA_READ' | 'ADMIN_READ' | 'ADMIN_WRITE';
  /** As the caller wrote it. */
  resourceName: string;
  resourceType: string;
  request: Record<string, unknown>;
  response?: Record<string, unknown>;
  by: Principal;
  from: Client;
  isRefused?: boolean;
}

export type AuditEntry = Record<string, unknown>;

/**
 * An entry as a sink writes it: reads to the log of data access, writes to that of activity.
 * https://cloud.google.com/secret-manager/docs/audit-logging
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
 *
 * @param at microseconds by the service's clock; the service writes nanoseconds
 */
export function auditEntry(call: Call, at: number, random: Random): AuditEntry {
  const { service, method, kind, by, from, resourceName, request, response, isRefused } = call;
  const log = kind === 'ADMIN_WRITE' ? 'activity' : 'data_access';
  const stamp = `${microTime(at).slice(0, -1)}${random.integer(100, 999)}Z`;
  const severity = kind === 'ADMIN_WRITE' ? 'NOTICE' : 'INFO';
  return {
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      status: isRefused === true ? refusal(call) : {},
      authenticationInfo: authenticationOf(by),
      requestMetadata: {
        callerIp: from.address,
        callerSuppliedUserAgent: from.userAgent,
        requestAttributes: { time: stamp, auth: {} },
        destinationAttributes: {},
      },
      serviceName: service,
      methodName: method,
      authorizationInfo: [authorizationOf(call)],
      resourceName,
      request,
      ...(response === undefined || isRefused === true ? {} : { response }),
    },
    insertId: random.hex(13),
    resource: { type: 'audited_resource', labels: { method, project_id: project, service } },
    timestamp: stamp,
    severity: isRefused === true ? 'ERROR' : severity,
    logName: `projects/${project}/logs/cloudaudit.googleapis.com%2F${log}`,
    receiveTimestamp: `${microTime(at + random.integer(200_000, 900_000)).slice(0, -1)}000Z`,
  };
}

function refusal({ permission, resourceName }: Call): Record<string, unknown> {
  const message = `Permission '${permission}' denied for resource '${resourceName}' (or it may not exist).`;
  return { code: 7, message };
}

function authorizationOf(call: Call): Record<string, unknown> {
  const { permission, kind, service, resourceName: name, resourceType: type, isRefused } = call;
  return {
    permission,
    ...(isRefused === true ? {} : { granted: true }),
    resourceAttributes: { service, name, type },
    permissionType: kind,
  };
}

function authenticationOf({ subject, email, delegates }: Principal): Record<string, unknown> {
  const behind = delegates?.map((principalSubject) => ({ principalSubject }));
  return {
    ...(email === undefined ? {} : { principalEmail: email }),
    ...(subject === undefined ? {} : { principalSubject: subject }),
    ...(behind === undefined
      ? {}
      : { serviceAccountDelegationInfo: behind.length === 0 ? [{}] : behind }),
  };
}

/** As the truth calls the holder: the subject, else the address of the account. */
export function identityOf({ subject, email }: Principal): string {
  return subject ?? email ?? '';
}
