import { microTime } from '../../../simulate/world/clock.ts';

/** One audit message, as Conjur says it. */
export interface AuditMessage {
  /** `fetch`, `update`, `authn`, `policy`, `check`. */
  id: string;
  /** Id of the HTTP request, which all messages of a batch share. */
  request: string;
  /** Whose request it is: `shop:user:ana`. */
  role: string;
  /** Whom an authentication was about; the names of `subject@43868` otherwise. */
  subject: Readonly<Record<string, string>>;
  address: string;
  operation: string;
  isRefused?: boolean;
  authenticator?: { name: string; service: string };
  policy?: { id: string; version: string };
  /** What stands behind the structured data, for people. */
  text: string;
}

/** Authentications, fetches and the like are `authpriv.info`, failures of them warnings, policies notices. */
const priorities = { success: 86, failure: 84, policy: 85 } as const;

/**
 * A message of RFC 5424 as Conjur writes it to its audit socket: no host, the request as process.
 * https://github.com/cyberark/conjur/blob/master/docs/audit.md
 *
 * @param at microseconds by the server's clock; Conjur writes milliseconds
 */
export function auditLine(message: AuditMessage, at: number): string {
  const { id, request, isRefused = false, text } = message;
  const result = isRefused ? 'failure' : 'success';
  const priority = id === 'policy' ? priorities.policy : priorities[result];
  const stamp = `${microTime(at).slice(0, 23)}Z`;
  return `<${priority}>1 ${stamp} - conjur ${request} ${id} ${structuredData(message, result)} ${text}`;
}

/** An authentication names its subject first, everything else whose request it is. */
function structuredData(message: AuditMessage, result: 'success' | 'failure'): string {
  const { id, role, subject, address, operation, authenticator, policy } = message;
  const about = element('subject', subject);
  const by = element('auth', {
    user: role,
    ...(authenticator === undefined
      ? {}
      : { authenticator: authenticator.name, service: authenticator.service }),
  });
  return [
    ...(id === 'authn' ? [about, by] : [by, about]),
    element('client', { ip: address }),
    element('action', { result, operation }),
    ...(policy === undefined ? [] : [element('policy', policy)]),
  ].join('');
}

/** 43868 is CyberArk's number at IANA: https://www.rfc-editor.org/rfc/rfc5424#section-6.3 */
function element(name: string, values: Readonly<Record<string, string>>): string {
  const parameters = Object.entries(values).map(
    ([key, value]) => ` ${key}="${value.replace(/["\\\]]/g, '\\$&')}"`,
  );
  return `[${name}@43868${parameters.join('')}]`;
}
