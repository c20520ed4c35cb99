import type { DuckDBConnection } from '@duckdb/node-api';
import { runComposed } from './blast-radius.ts';
import { findQuery, type Query } from './library.ts';
import type { Row } from './plain-value.ts';

/** What is asked; without objects, of everything that the store has logs of. */
export interface CoverageQuestion {
  /** Canonical references, found by `resolveObject`; null for all. */
  objects: readonly string[] | null;
  since: string | null;
  until: string | null;
  cluster: string | null;
}

/** What logs show, what they do not, and what follows; each array is one canned query. */
export interface Coverage {
  coverage: Row[];
  gaps: Row[];
  clock_skew: Row[];
  unknowns: Row[];
}

/** Runs the four canned queries that tell what the landed logs cover. */
export async function composeCoverage(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  question: CoverageQuestion,
): Promise<Coverage> {
  const run = (id: string) => runComposed(connection, findQuery(library, id), { ...question });
  return {
    coverage: await run('coverage/paths'),
    gaps: await run('coverage/gaps'),
    clock_skew: await run('coverage/clock_skew'),
    unknowns: await run('coverage/unknowns'),
  };
}

/** Whether a log is missing, or one that is there has a gap. */
export function hasGaps({ coverage, gaps }: Coverage): boolean {
  return gaps.length > 0 || coverage.some((row) => row.state === 'none');
}
