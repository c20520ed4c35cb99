import type { DuckDBConnection } from '@duckdb/node-api';
import { findQuery, type Query } from './library.ts';
import type { ParameterValue } from './parameters.ts';
import type { Row } from './plain-value.ts';
import { runQuery } from './run-query.ts';

/** What is asked: the objects are canonical references, found by `resolveObject`. */
export interface BlastRadiusQuestion {
  /** As the answer names it: the canonical reference, or what was asked where several match. */
  object: string;
  objects: readonly string[];
  fields: readonly string[] | null;
  version: string | null;
  since: string | null;
  until: string | null;
  cluster: string | null;
  /** Object versions recomputed from a known value, see `recomputeObjectVersions`. */
  recomputed: readonly object[] | null;
}

/** What is asked of a holder: the rows are those of `chain/holders`, found by `resolveHolder`. */
export interface HolderQuestion {
  /** As the answer names it: the canonical reference, or what was asked where several match. */
  holder: string;
  holders: readonly Row[];
  since: string | null;
  until: string | null;
  cluster: string | null;
}

/** The answer as `--format json` writes it; each array is one canned query. */
export interface BlastRadius {
  question: {
    object: string | null;
    /** Only where a holder was asked about. */
    holder?: string;
    version: string | null;
    since: string | null;
    until: string | null;
    as_of: number | null;
  };
  versions: Row[];
  exposures: Row[];
  coverage: Row[];
  unknowns: Row[];
  /** Only where a holder was asked about: versions in the order in which to rotate them. */
  rotation?: Row[];
  /** Only where a holder was asked about: the tokens by which it reaches more than it held. */
  tokens?: Row[];
}

const parts = {
  versions: 'exposure/versions',
  exposures: 'exposure/exposures',
  coverage: 'coverage/paths',
  unknowns: 'coverage/unknowns',
  tokens: 'holder/tokens',
  held: 'holder/exposures',
  rotation: 'holder/rotation',
} as const;

/** Runs the four canned queries of the blast radius and puts their rows beside the question. */
export async function composeBlastRadius(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  question: BlastRadiusQuestion,
): Promise<BlastRadius> {
  const { object, version, since, until } = question;
  const run = (id: string) => runComposed(connection, findQuery(library, id), { ...question });
  return {
    question: { object, version, since, until, as_of: await readAsOf(connection) },
    versions: await run(parts.versions),
    exposures: await run(parts.exposures),
    coverage: await run(parts.coverage),
    unknowns: await run(parts.unknowns),
  };
}

/**
 * Runs the canned queries for a holder: its tokens, what it and they reach, and of these versions the
 * same as `composeBlastRadius` gives, with the order in which to rotate them.
 */
export async function composeHolderRadius(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  question: HolderQuestion,
): Promise<BlastRadius> {
  const { holder, holders, since, until } = question;
  const asked = { ...question, holders };
  const run = (id: string, given: Readonly<Record<string, ParameterValue>>) =>
    runComposed(connection, findQuery(library, id), { ...asked, ...given });
  const tokens = await run(parts.tokens, {});
  const exposures = await run(parts.held, { tokens });
  const objects = [...new Set(exposures.map(({ object }) => String(object)))];
  const held = exposures.map(({ object, version, alternatives }) => ({
    object,
    version,
    alternatives,
  }));
  const judged = exposures.map(({ id, observed }) => ({ id, observed }));
  const as_of = await readAsOf(connection);
  return {
    question: { object: null, holder, version: null, since, until, as_of },
    versions: await run(parts.versions, { objects, held }),
    exposures,
    coverage: await run(parts.coverage, { objects }),
    unknowns: await run(parts.unknowns, { objects }),
    rotation: await run(parts.rotation, { exposures: judged }),
    tokens,
  };
}

/** Runs a query with those of the given parameters that it declares. */
export async function runComposed(
  connection: DuckDBConnection,
  query: Query,
  parameters: Readonly<Record<string, ParameterValue>>,
): Promise<Row[]> {
  const declared = Object.entries(parameters).filter(([name]) => Object.hasOwn(query.params, name));
  return (await runQuery(connection, query, Object.fromEntries(declared))).rows;
}

/** The number of the last manifest entry that the database includes. */
export async function readAsOf(connection: DuckDBConnection): Promise<number | null> {
  const reader = await connection.runAndReadAll('select max(as_of) from store_state');
  const value = reader.value(0, 0);
  return value === null ? null : Number(value);
}
