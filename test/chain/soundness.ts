import type { DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'vitest';
import { select, type Tables } from './run-case.ts';

/** What holds of every answer: one row an id, evidence behind each link, entities at both ends. */
export async function expectSound(connection: DuckDBConnection): Promise<void> {
  const faults = await select(
    connection,
    `select 'exposure id twice' as fault, exposure_id as what from exposure group by all having count(*) > 1
    union all
    select 'link id twice', link_id from link group by all having count(*) > 1
    union all
    select 'entity twice', entity_id from entity group by all having count(*) > 1
    union all
    select 'no entity ' || end_id, link_id
    from (from link select link_id, unnest([from_id, to_id]) as end_id)
    where end_id not in (select entity_id from entity)
    union all
    select 'link without evidence', kind || ' ' || from_id from link where len(evidence) = 0
    union all
    select 'exposure without evidence', exposure_id from exposure
    where len(links) = 0 or len(list_filter(links, lambda link: len(link.evidence) = 0)) > 0
    order by all`,
  );
  expect(faults).toEqual([]);
}

/** The same facts in another order: nothing may depend on the order of arrival. */
export function reversed(given: Tables): Tables {
  const tables = Object.entries(given).map(
    ([table, rows]) => [table, [...rows].reverse()] as const,
  );
  return Object.fromEntries(tables.reverse());
}

/** Compares tables of two databases row by row, in one order. */
export async function expectSame(
  one: DuckDBConnection,
  other: DuckDBConnection,
  tables: readonly string[],
): Promise<void> {
  for (const table of tables) {
    const dump = `select * from ${table} order by all`;
    expect(await select(other, dump), `${table} from facts in another order`).toEqual(
      await select(one, dump),
    );
  }
}
