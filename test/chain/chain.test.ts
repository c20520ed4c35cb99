import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Row } from '../../src/query/plain-value.ts';
import { chainOf, select, type Tables } from './run-case.ts';

interface ChainCase {
  name: string;
  given: Tables;
  exposures: Row[];
  links?: Row[];
}

const folder = new URL('cases/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const exposuresSql = `select object, version, version_grade, holder.kind as kind, holder.id as holder, path, grade,
    first_at, last_at, end_state, alternatives
  from exposure
  order by object, first_at, holder.id, version, path`;

const linksSql = `select kind, from_id as "from", to_id as "to", grade
  from link
  order by kind, from_id, to_id, valid_from`;

const dumps = [
  'entity',
  'link',
  'exposure',
  'provider_version',
  'exposure_report',
  'object_configuration',
];

describe.each(files)('%s', (file) => {
  const cases = parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }) as ChainCase[];

  it.each(cases)('$name', async ({ given, exposures, links }) => {
    const connection = await chainOf(given);
    const found = await select(connection, exposuresSql);
    expect(found.map(compact)).toEqual(exposures.map(compact));
    if (links) expect(await select(connection, linksSql)).toEqual(links);

    const other = await chainOf(repeated(given), true);
    for (const table of dumps) {
      const dump = `select * from ${table} order by all`;
      expect(await select(other, dump), `${table}, shuffled and repeated`).toEqual(
        await select(connection, dump),
      );
    }
    connection.closeSync();
    other.closeSync();
  });
});

/** Leaves out what is as usual, so that a case shows what it is about. */
function compact(row: Row): Row {
  const usual: Row = {
    version_grade: 'inferred',
    kind: 'pod',
    alternatives: [],
    path: 'csi_mount',
  };
  const { alternatives, ...rest } = { ...usual, ...row };
  return JSON.stringify(alternatives) === '[]'
    ? rest
    : { ...rest, alternatives: alternatives ?? [] };
}

/** The same facts in another order: nothing may depend on the order of arrival. */
function repeated(given: Tables): Tables {
  return Object.fromEntries(Object.entries(given).reverse());
}
