import type { DuckDBConnection } from '@duckdb/node-api';
import { CustodyError } from '../errors.ts';
import { runComposed } from './blast-radius.ts';
import { findQuery, type Query } from './library.ts';

/** A reference as it resolved: the canonical objects, and the field that `#field` narrows to. */
export interface ResolvedObject {
  objects: string[];
  field: string | null;
}

/** What narrows the search for an object. */
export interface ObjectSearch {
  /** Takes them all where several match. */
  allMatches?: boolean | undefined;
  /** The cluster whose Secret `k8s:` means; any without. An object of a provider belongs to none. */
  cluster?: string | undefined;
}

/**
 * Finds the provider objects that a reference means.
 *
 * A reference with its provider in front (`vault:secret/payments/stripe`) means exactly that object,
 * or, where no instance or namespace is named, the same path in any of them. One without means every
 * object whose name holds it. KV v2's `data/` may be left in, as API paths and policies have it, and
 * the slash be left out that the items of Akeyless begin with.
 * `k8s:<namespace>/<secret>` means the objects that this Kubernetes Secret held.
 *
 * @throws CustodyError NOT_FOUND, or AMBIGUOUS where several match and not all are to be taken
 */
export async function resolveObject(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  reference: string,
  { allMatches = false, cluster }: ObjectSearch,
): Promise<ResolvedObject> {
  const { object, field } = splitField(reference);
  const search = async (part: string, exact: boolean) => {
    const rows = await runComposed(connection, findQuery(library, 'chain/objects'), {
      part,
      exact,
    });
    return [...new Set(rows.map((row) => row.object as string))];
  };
  const secret = secretOf(object, cluster ?? null);
  const objects =
    secret === null
      ? await firstThatFinds(spellings(object), search)
      : await objectsOfSecret(connection, library, {
          ...secret,
          cluster: cluster ?? null,
        });
  if (secret !== null && objects.length === 0) throw noProvider(reference, secret);
  if (objects.length === 0) throw notFound(reference, await nearMatches(object, search));
  if (objects.length > 1 && !allMatches) throw ambiguous(reference, objects);
  return { objects, field };
}

/** What the parameters of `chain/objects_of_secret` are called. */
interface SecretName extends Record<string, string | null> {
  namespace: string;
  secret: string;
  cluster: string | null;
}

function secretOf(object: string, cluster: string | null): SecretName | null {
  const [, namespace, secret] = /^k8s:([^/]+)\/([^/]+)$/.exec(object) ?? [];
  return namespace === undefined || secret === undefined ? null : { namespace, secret, cluster };
}

async function objectsOfSecret(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  secret: SecretName,
): Promise<string[]> {
  const query = findQuery(library, 'chain/objects_of_secret');
  const rows = await runComposed(connection, query, secret);
  return [...new Set(rows.map((row) => row.object as string))];
}

async function firstThatFinds(
  candidates: readonly string[],
  search: (part: string, exact: boolean) => Promise<string[]>,
): Promise<string[]> {
  for (const candidate of candidates) {
    const exact = await search(candidate, true);
    if (exact.length > 0) return exact;
    const ofAws = await awsObjects(candidate, search);
    if (ofAws.length > 0) return ofAws;
    const [, provider, path] = /^([a-z0-9]+):(.+)$/.exec(candidate) ?? [];
    if (provider === undefined || path === undefined) {
      const partial = await search(candidate, false);
      if (partial.length > 0) return partial;
      continue;
    }
    const elsewhere = (await search(path, false)).filter(
      (found) =>
        found.startsWith(`${provider}:`) &&
        /[!:]$/.test(found.slice(0, -path.length)) &&
        found.endsWith(path),
    );
    if (elsewhere.length > 0) return elsewhere;
  }
  return [];
}

const awsArn = /^arn:[^:]+:(?:secretsmanager|ssm):[^:]*:(\d*):((?:secret:|parameter).+)$/;

/**
 * A secret or parameter of AWS by its name or by an ARN: of any region, as replicas are, and with or
 * without the six characters behind a secret's name:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
async function awsObjects(
  reference: string,
  search: (part: string, exact: boolean) => Promise<string[]>,
): Promise<string[]> {
  const [, account, typed] = awsArn.exec(reference) ?? [];
  const resource = typed ?? /^aws:(.+)$/.exec(reference)?.[1];
  if (resource === undefined) return [];
  const name = resource.replace(/^(?:secret:|parameter)?\/?/, '');
  const found = await search(name, false);
  return found.filter((object) => {
    const [, owner, resourceOfOwner = ''] = awsArn.exec(object) ?? [];
    if (account && owner !== account) return false;
    const known = resourceOfOwner.replace(/^(?:secret:|parameter\/)/, '');
    return known === name || (resourceOfOwner.startsWith('secret:') && known.slice(0, -7) === name);
  });
}

/**
 * The reference as given, and without KV v2's `data/` after the mount. A URL of Azure Key Vault counts in
 * lower case, without the version and what stands behind it:
 * https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
 */
function spellings(object: string): string[] {
  const [url] = /^https:\/\/[^/]+\/(?:secrets|keys|certificates)\/[^/?]+/i.exec(object) ?? [];
  if (url !== undefined) return [url.toLowerCase()];
  if (object.startsWith('akeyless:')) return [object.replace(/^akeyless:\/*/, 'akeyless:/')];
  const withoutData = object.replace('/data/', '/');
  return withoutData === object ? [object] : [object, withoutData];
}

function splitField(reference: string): { object: string; field: string | null } {
  const at = reference.lastIndexOf('#');
  if (at < 0) return { object: reference, field: null };
  const object = reference.slice(0, at);
  const field = reference.slice(at + 1);
  if (object === '' || field === '') {
    throw new CustodyError('BAD_OPTION', `Cannot read --object "${reference}": half is missing`, {
      hint: 'write vault:<mount>/<path>#<field>',
    });
  }
  return { object, field };
}

async function nearMatches(
  object: string,
  search: (part: string, exact: boolean) => Promise<string[]>,
): Promise<string[]> {
  const last = object.split(/[/:]/).at(-1) ?? '';
  return last.length < 2 ? [] : (await search(last, false)).slice(0, 5);
}

function notFound(reference: string, near: readonly string[]): CustodyError {
  return new CustodyError(
    'NOT_FOUND',
    `Cannot find object "${reference}": no landed log names it`,
    {
      hint:
        near.length > 0
          ? `did you mean ${near.join(', ')}`
          : 'custody objects lists what the logs name; custody objects <part> searches',
    },
  );
}

function noProvider(reference: string, { namespace, secret }: SecretName): CustodyError {
  return new CustodyError(
    'NOT_FOUND',
    `Cannot find object "${reference}": no landed log shows a provider's object in that Secret`,
    {
      hint: `custody query run privilege/secret_readers --param namespace=${namespace} --param secret=${secret} tells who may read it`,
    },
  );
}

function ambiguous(reference: string, objects: readonly string[]): CustodyError {
  return new CustodyError(
    'AMBIGUOUS',
    `Cannot tell which object "${reference}" means: ${objects.length} match`,
    { hint: `name one, or add --all-matches:\n${objects.map((name) => `  ${name}`).join('\n')}` },
  );
}
