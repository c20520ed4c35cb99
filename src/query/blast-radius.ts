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

/** The answer as `--format json` writes it; each array is one canned query. */
export interface BlastRadius {
  question: {
    object: string;
    version: string | null;
    since: string | null;
    until: string | null;
    as_of: number | null;
  };
  versions: Row[];
  exposures: Row[];
  coverage: Row[];
  unknowns: Row[];
}

const parts = {
  versions: 'exposure/versions',
  exposures: 'exposure/exposures',
  coverage: 'coverage/paths',
  unknowns: 'coverage/unknowns',
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
async function readAsOf(connection: DuckDBConnection): Promise<number | null> {
  const reader = await connection.runAndReadAll('select max(as_of) from store_state');
  const value = reader.value(0, 0);
  return value === null ? null : Number(value);
}
