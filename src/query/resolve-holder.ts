import type { DuckDBConnection } from '@duckdb/node-api';
import { CustodyError } from '../errors.ts';
import { runComposed } from './blast-radius.ts';
import { findQuery, type Query } from './library.ts';
import type { Row } from './plain-value.ts';

const kinds = ['pod', 'service-account', 'identity', 'node', 'token'] as const;
type HolderKind = (typeof kinds)[number];

/** A reference as it resolved. */
export interface ResolvedHolder {
  /** As the answer names it: the canonical reference, or what was asked where several match. */
  reference: string;
  /** Rows of `chain/holders`, as `holder/tokens` and `holder/exposures` take them. */
  holders: Row[];
}

/**
 * Finds the holders that a reference means: `pod:<namespace>/<name>`, `pod:<uid>` or a uid alone,
 * `service-account:<namespace>/<name>`, `identity:<id>`, `node:<name>`, `token:<jti>`.
 *
 * A name that two clusters have, or that a pod had before another, means several.
 *
 * @param cluster only holders of this cluster, and those of no known one
 * @throws CustodyError BAD_OPTION where it is no such reference, NOT_FOUND, or AMBIGUOUS where several
 *   match and `allMatches` is not set
 */
export async function resolveHolder(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  reference: string,
  part: { cluster: string | null; allMatches: boolean },
): Promise<ResolvedHolder> {
  const { kind, name } = readReference(reference);
  const query = findQuery(library, 'chain/holders');
  const search = (exact: boolean, searched: string) =>
    runComposed(connection, query, { kind, part: searched, exact, cluster: part.cluster });
  const holders = await search(true, name);
  if (holders.length === 0) {
    const last = name.split('/').at(-1) ?? '';
    throw notFound(reference, kind, last.length < 2 ? [] : await search(false, last));
  }
  if (holders.length > 1 && !part.allMatches) throw ambiguous(reference, holders);
  const [only] = holders;
  return { reference: holders.length === 1 ? String(only?.reference) : reference, holders };
}

function readReference(reference: string): { kind: HolderKind; name: string } {
  const uid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
  if (uid.test(reference)) return { kind: 'pod', name: reference };
  const at = reference.indexOf(':');
  const kind = kinds.find((known) => known === reference.slice(0, at));
  const name = reference.slice(at + 1);
  if (kind === undefined || name === '') {
    throw new CustodyError(
      'BAD_OPTION',
      `Cannot read --holder "${reference}": ${kind === undefined ? 'it names no kind of holder' : 'the name is missing'}`,
      {
        hint: 'write pod:<namespace>/<name>, service-account:<namespace>/<name>, identity:<id>, node:<name> or token:<jti>',
      },
    );
  }
  return { kind, name };
}

function notFound(reference: string, kind: HolderKind, near: readonly Row[]): CustodyError {
  const names = [...new Set(near.map(spell))].slice(0, 5);
  return new CustodyError(
    'NOT_FOUND',
    `Cannot find holder "${reference}": no landed log names it`,
    {
      hint:
        names.length > 0
          ? `did you mean ${names.join(', ')}`
          : `custody query run chain/holders --param kind=${kind} --param exact=false lists what the logs name`,
    },
  );
}

function ambiguous(reference: string, holders: readonly Row[]): CustodyError {
  const lines = holders.map((holder) => `  ${describe(holder)}`).join('\n');
  return new CustodyError(
    'AMBIGUOUS',
    `Cannot tell which holder "${reference}" means: ${holders.length} match`,
    { hint: `name one, narrow with --cluster, or add --all-matches:\n${lines}` },
  );
}

/** As somebody would type it: a pod by its name. */
function spell({ kind, namespace, name, reference }: Row): string {
  return kind === 'pod' && namespace !== null ? `pod:${namespace}/${name}` : String(reference);
}

function describe(holder: Row): string {
  const { reference, cluster, first_at, last_at } = holder;
  const where = cluster === null ? '' : ` in cluster ${cluster}`;
  if (first_at === null) return `${reference}${where}`;
  return `${reference}${where}, ${first_at} to ${last_at ?? 'now'}`;
}
