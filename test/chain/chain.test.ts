import { readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chainOf, select, type Tables } from './run-case.ts';
import { expectSame, expectSound, reversed } from './soundness.ts';
import { factsOf, type Happening } from './story.ts';

interface ChainCase {
  name: string;
  given?: Tables;
  story?: Happening[];
  /** The whole answer: path holder version first..last state grade/version-grade, and what is odd. */
  exposures: string[];
  links?: string[];
  configurations?: string[];
  accounts?: string[];
}

const folder = new URL('cases/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const exposuresSql = `select concat_ws(' ', path, holder.id, 'v' || coalesce(version, '?'),
      strftime(first_at, '%H:%M:%S') || '..' || coalesce(strftime(last_at, '%H:%M:%S'), ''),
      end_state, grade || '/' || version_grade,
      case when object <> 'vault:secret/payments/stripe' then object end,
      case when len(alternatives) > 0 then 'or ' || array_to_string(alternatives, ' ') end,
      case when not observed then 'potential' end,
      case when path not in ('csi_mount', 'provider_read', 'provider_policy') and fields <> ['api_key']
        then '#' || array_to_string(fields, '#') end,
      case when path = 'provider_read' or holder.kind in ('identity', 'node') or holder.cluster <> 'prod'
        then '(' || concat_ws(' ', holder.kind, holder.class, holder.cluster) || ')' end
    ) as line
  from exposure
  order by first_at, object, holder.id, version, path`;

const linksSql = `select concat_ws(' ', kind, from_id, to_id, grade) as line
  from link
  order by kind, from_id, to_id, valid_from`;

const configurationsSql = `select concat_ws(' ', object, field, configuration) as line
  from object_configuration
  order by object, class, valid_from, object_id`;

const accountsSql = `select concat_ws(' ', identity, kind, coalesce(cluster, '?'), namespace || '/' || service_account,
      strftime(valid_from, '%H:%M:%S') || '..' || coalesce(strftime(valid_to, '%H:%M:%S'), ''),
      case when used_from < valid_from then 'and before' end, grade) as line
  from provider_account
  order by identity, kind, cluster, namespace, service_account, valid_from`;

const dumps = [
  'entity',
  'link',
  'exposure',
  'provider_version',
  'exposure_report',
  'object_configuration',
  'provider_account',
];

describe.each(files)('%s', (file) => {
  const cases = parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }) as ChainCase[];

  it.each(cases.filter(({ exposures }) => exposures !== undefined))('$name', async (chainCase) => {
    const given = chainCase.given ?? factsOf(chainCase.story ?? []);
    const connection = await chainOf(given);
    expect(await lines(connection, exposuresSql)).toEqual(chainCase.exposures);
    if (chainCase.links) expect(await lines(connection, linksSql)).toEqual(chainCase.links);
    if (chainCase.configurations) {
      expect(await lines(connection, configurationsSql)).toEqual(chainCase.configurations);
    }
    if (chainCase.accounts)
      expect(await lines(connection, accountsSql)).toEqual(chainCase.accounts);
    const other = await chainOf(reversed(given));
    await expectSame(connection, other, dumps);
    await expectSound(connection);
    connection.closeSync();
    other.closeSync();
  });
});

async function lines(connection: DuckDBConnection, sql: string): Promise<string[]> {
  return (await select(connection, sql)).map(({ line }) => line as string);
}
