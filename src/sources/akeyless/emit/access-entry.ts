import { microTime } from '../../../simulate/world/clock.ts';

/** Who asks: by which access id, of which kind, and who it is where people share one. */
export interface Access {
  id: string;
  type: 'k8s' | 'email' | 'api_key';
  uniqueId?: string;
  address: string;
  userAgent: string;
}

/** One request to the account and what it answered. */
export interface AccountRequest {
  action: string;
  by: Access;
  item?: string;
  itemType?: string;
  /** The one that was asked for by its number. */
  version?: string;
  status?: number;
}

/**
 * An entry as a gateway forwards it, as JSON. No literal one was to be had: names of fields follow
 * https://docs.akeyless.io/docs/audit-logs and the parser of Google SecOps.
 *
 * @param at microseconds by the account's clock; milliseconds are written
 * @param duration milliseconds
 */
export function accessEntry(
  account: string,
  request: AccountRequest,
  at: number,
  duration: number,
): Record<string, unknown> {
  const { action, by, item, itemType, version, status = 200 } = request;
  return {
    timestamp: `${microTime(at).slice(0, 23)}Z`,
    account_id: account,
    access_id: by.id,
    action,
    status,
    remote_addr: [by.address],
    duration,
    ...(itemType === undefined ? {} : { item_type: itemType }),
    ...(by.uniqueId === undefined ? {} : { unique_id: by.uniqueId }),
    request_parameters: {
      access_type: by.type,
      product: 'Secrets Management',
      user_agent: by.userAgent,
      ...(item === undefined ? {} : { resolved_item_name: item }),
      ...(version === undefined ? {} : { version: Number(version) }),
    },
  };
}
