import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';

/** Who asks a vault: a person, or an application that a managed identity stands for. */
export interface Principal {
  objectId: string;
  applicationId: string;
  userPrincipalName?: string;
  /** Of the managed identity. */
  resourceId?: string;
}

/** One request to a vault and what it answered. */
export interface Access {
  operation: string;
  path: string;
  by: Principal | null;
  address: string;
  userAgent: string;
  /** URL of the object that was answered. */
  id?: string;
  status?: number;
  properties?: Record<string, unknown>;
}

export type AuditRecord = Record<string, unknown>;

const subscription = '11112222-3333-4444-5555-666677778888';
const signatures: Record<number, string> = { 200: 'OK', 401: 'Unauthorized', 403: 'Forbidden' };

/**
 * A record as a diagnostic setting writes it to storage:
 * https://learn.microsoft.com/azure/key-vault/general/logging
 *
 * @param at microseconds by the service's clock; the service writes tenths of one
 */
export function auditRecord(
  vault: string,
  access: Access,
  at: number,
  random: Random,
): AuditRecord {
  const { operation, path, by, address, userAgent, id, status = 200, properties = {} } = access;
  const upper = vault.toUpperCase();
  return {
    time: `${microTime(at).slice(0, -1)}${random.integer(0, 9)}Z`,
    category: 'AuditEvent',
    operationName: operation,
    // The service says so of refusals too.
    resultType: 'Success',
    correlationId: random.uuid(),
    callerIpAddress: address,
    identity: by === null ? {} : { claim: claimOf(by) },
    properties: {
      ...(id === undefined ? {} : { id }),
      clientInfo: userAgent,
      requestUri: `https://${vault}.vault.azure.net${path}?api-version=7.5`,
      httpStatusCode: status,
      ...(by === null ? {} : { isRbacAuthorized: status === 200 }),
      tlsVersion: 'TLS1_3',
      ...properties,
    },
    resourceId: `/SUBSCRIPTIONS/${subscription}/RESOURCEGROUPS/CORP-RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/${upper}`,
    operationVersion: '7.5',
    resultSignature: signatures[status] ?? 'Not Found',
    durationMs: String(random.integer(4, 60)),
  };
}

function claimOf(by: Principal): Record<string, unknown> {
  const { objectId, applicationId, userPrincipalName, resourceId } = by;
  const common = { oid: objectId, appid: applicationId };
  if (userPrincipalName !== undefined) {
    return { ...common, appidacr: '0', scp: 'user_impersonation', upn: userPrincipalName };
  }
  return {
    ...common,
    appidacr: '2',
    idtyp: 'app',
    ...(resourceId === undefined ? {} : { xms_mirid: resourceId }),
  };
}
