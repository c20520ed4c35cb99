import { type CloudRule, listOf } from './aws-policy.ts';
import type { AccountTrust } from './aws-trust.ts';

/** A policy with the resource that it stands at, as the search over all policies prints it. */
interface PlacedPolicy {
  resource?: unknown;
  /** `projects/<number>`, whichever way the resource names it. */
  project?: unknown;
  policy?: { bindings?: unknown } | null;
}

interface Binding {
  role?: unknown;
  members?: unknown;
  condition?: { expression?: unknown } | null;
}

const permission = 'secretmanager.versions.access';

/**
 * Roles that give the value out. No page of Google that was read lists what the owner may, so that
 * one stays open. https://cloud.google.com/iam/docs/roles-permissions/secretmanager
 */
const readingRoles: Readonly<Record<string, 'certain' | 'open'>> = {
  'roles/secretmanager.secretAccessor': 'certain',
  'roles/secretmanager.admin': 'certain',
  'roles/owner': 'open',
};

/**
 * What a policy of a secret, project, folder or organisation gives, a rule a binding. Which projects a
 * folder or organisation has, the print does not tell: such a rule is conditional.
 *
 * Null where the record is no such policy.
 */
export function readGcpPolicy(text: string): CloudRule[] | null {
  const placed = parsed(text);
  const reach = reachOf(placed);
  if (placed === null || reach === null) return null;
  return bindingsOf(placed).flatMap(({ role, members, condition }) => {
    const reading = readingRoles[String(role)];
    const limit = limitOf(condition);
    const pattern = patternOf(reach, limit.begins);
    if (reading === undefined || pattern === null) return [];
    const isOpen = reading === 'open' || reach.projects === null || !limit.isTold;
    return listOf(members).flatMap((member) => {
      const { principal, isMany } = principalOf(String(member));
      const conditional = isOpen || isMany;
      return principal === null ? [] : [ruleOf(pattern, principal, conditional)];
    });
  });
}

/**
 * Which accounts of GKE may act as the service account of Google Cloud that a policy stands at.
 *
 * Null where the record is no such policy.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam
 */
export function readGcpTrust(text: string): AccountTrust[] | null {
  const placed = parsed(text);
  if (placed === null || !/\/serviceAccounts\/[^/]+$/.test(String(placed.resource))) return null;
  return bindingsOf(placed)
    .filter(({ role }) => role === 'roles/iam.workloadIdentityUser')
    .flatMap(({ members, condition }) =>
      listOf(members).flatMap((member) => accountOf(String(member), condition != null)),
    );
}

function parsed(text: string): PlacedPolicy | null {
  const placed = JSON.parse(text) as PlacedPolicy;
  return typeof placed.resource === 'string' ? placed : null;
}

function bindingsOf({ policy }: PlacedPolicy): Binding[] {
  return listOf(policy?.bindings) as Binding[];
}

/** Where a policy reaches: a project by its number and its id, and one secret of it or all; null: any. */
interface Reach {
  projects: string[] | null;
  secret: string | null;
}

function reachOf(placed: PlacedPolicy | null): Reach | null {
  const resource = String(placed?.resource);
  const secret = /^\/\/secretmanager\.googleapis\.com\/projects\/([^/]+)(\/.+)$/.exec(resource);
  const project = /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/([^/]+)$/.exec(resource);
  const above = /^\/\/cloudresourcemanager\.googleapis\.com\/(?:folders|organizations)\//;
  if (above.test(resource)) return { projects: null, secret: null };
  const name = secret?.[1] ?? project?.[1];
  if (name === undefined) return null;
  const numbered = /^projects\/(.+)$/.exec(String(placed?.project))?.[1] ?? name;
  return { projects: [...new Set([name, numbered])].sort(), secret: secret?.[2] ?? null };
}

/**
 * The part of a condition that names resources, where that is the whole of it. Names of conditions have
 * the project's number and may go on with a version: of a part of the versions nothing sure is said.
 * https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name
 */
function limitOf(condition: Binding['condition']): { begins: string | null; isTold: boolean } {
  if (condition == null) return { begins: null, isTold: true };
  const text = String(condition.expression).trim();
  const begins = /^resource\.name\.startsWith\(\s*(["'])([^"'\\]*)\1\s*\)$/.exec(text)?.[2];
  if (begins !== undefined && !begins.includes('/versions')) {
    return { begins, isTold: true };
  }
  return { begins: null, isTold: false };
}

/** The objects that a policy reaches, those that begin so where a condition says it; null: none. */
function patternOf({ projects, secret }: Reach, begins: string | null): string | null {
  const [, project = '', rest = ''] = /^projects\/([^/]+)(.*)$/.exec(begins ?? '') ?? [];
  if (projects === null) return begins === null ? '.*' : `${escaped(begins)}.*`;
  if (begins !== null && !projects.includes(project)) return null;
  if (secret !== null && !secret.startsWith(rest)) return null;
  const tail = secret === null ? `${escaped(rest)}.*` : escaped(secret);
  return `projects/(?:${projects.map(escaped).join('|')})${secret === null && rest === '' ? '/.*' : tail}`;
}

/** A member as logs call it; of several, such as a group, nobody in particular is sure to be one. */
function principalOf(member: string): { principal: string | null; isMany: boolean } {
  const [account] = accountOf(member, false);
  if (account !== undefined && !account.subject.includes('*')) {
    return { principal: account.subject, isMany: false };
  }
  const named = /^(?:user|serviceAccount):(.+)$/.exec(member)?.[1];
  if (named !== undefined) return { principal: named, isMany: false };
  if (member.startsWith('deleted:')) return { principal: null, isMany: false };
  if (member === 'allUsers') return { principal: '*', isMany: false };
  return { principal: member, isMany: !member.startsWith('principal://') };
}

/** The accounts of GKE that a member means, in both forms of their names. */
function accountOf(member: string, conditional: boolean): AccountTrust[] {
  const old = /^serviceAccount:([^[]+\.svc\.id\.goog)\[([^/]+)\/([^\]]+)\]$/.exec(member);
  const pools = /\/workloadIdentityPools\/([^/]+\.svc\.id\.goog)\/(.+)$/.exec(member);
  const pool = old?.[1] ?? pools?.[1];
  const place = old === null ? (pools?.[2] ?? '') : `subject/ns/${old[2]}/sa/${old[3]}`;
  const one = /^subject\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(place);
  const namespace = /^namespace\/([^/]+)$/.exec(place)?.[1];
  if (pool === undefined) return [];
  if (one !== null) {
    return [
      { auth_mount: pool, subject: `system:serviceaccount:${one[1]}:${one[2]}`, conditional },
    ];
  }
  if (namespace !== undefined) {
    return [{ auth_mount: pool, subject: `system:serviceaccount:${namespace}:*`, conditional }];
  }
  // The whole pool, or one cluster of it, which the pool's name does not tell.
  return [
    {
      auth_mount: pool,
      subject: 'system:serviceaccount:*',
      conditional: conditional || place !== '*',
    },
  ];
}

function ruleOf(pattern: string, principal: string, conditional: boolean): CloudRule {
  return {
    pattern,
    other_than: null,
    applies_to: permission,
    effect: 'allow',
    conditional,
    principals: [principal],
    other_principals: [],
  };
}

function escaped(text: string): string {
  return text.replace(/[^\w\-:/@=,]/g, '\\$&');
}
