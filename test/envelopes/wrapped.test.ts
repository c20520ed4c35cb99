import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebuildDatabase } from '../../src/database.ts';
import type { Store } from '../../src/landing/store.ts';
import type { IngestOptions } from '../../src/pipeline.ts';
import { followPointers } from '../../src/query/json-pointer.ts';
import { readRecord } from '../../src/query/read-record.ts';
import {
  dumpOf,
  landFiles,
  statedRows,
  storeOfKnownKey,
  withDatabase,
} from '../helpers/sample-store.ts';
import { wrappers } from './wrappers.ts';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const wrapped = ['k8s_audit', 'vault_audit'];

/**
 * The samples in which every line is a record of the source: what is not would be another's when wrapped. Of
 * Vault two, as its samples use the same request ids, and of records that contradict each other one is taken
 * by its id.
 */
const logs = wrapped.map((source) => ({ source, lines: filesOf(source).flatMap(linesOf) }));
const lines = logs.flatMap((log) => log.lines);

function filesOf(source: string): string[] {
  return readdirSync(join(samples, source))
    .filter((name) => name.endsWith('.jsonl'))
    .filter((name) => source !== 'vault_audit' || /^(?:ordinary|log-raw)\./.test(name))
    .map((name) => join(samples, source, name))
    .filter((path) => {
      const golden = path.replace('.jsonl', '.golden.json');
      return !readFileSync(golden, 'utf8').includes('"quarantine"');
    });
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

/** Lines of log in a cluster of each wrapper, in one store: a refresh costs more than they do. */
const clusterOf = (wrapper: string): string => `in-${wrapper}-alone`;
const plain = storeOfKnownKey();
const store = storeOfKnownKey();

beforeAll(async () => {
  for (const { source, lines } of logs) {
    await land(plain.store, `${lines.join('\n')}\n`, { source });
  }
  for (const { name, wrap } of wrappers) {
    await land(store.store, wrap(lines), { cluster: clusterOf(name) });
  }
});

afterAll(() => {
  plain.remove();
  store.remove();
});

async function land(store: Store, text: string, options: Partial<IngestOptions>): Promise<void> {
  const path = join(store.folder, '..', 'log');
  writeFileSync(path, text);
  await landFiles(store, [path], options);
}

/** What each cluster's log says, without the names of the records that say it. */
async function statements(store: Store): Promise<Map<string, string[]>> {
  return await withDatabase(store, async (connection) => {
    const tables = await connection.runAndReadAll(`select table_name from duckdb_tables()
      where table_name like 'fact%' order by table_name`);
    const said = new Map<string, string[]>();
    for (const name of ['event', ...tables.getRowsJson().map(([table]) => String(table))]) {
      for (const row of await statedRows(connection, `from ${name}`)) {
        const { event_id: _event, evidence: _evidence, ...rest } = row;
        const cluster = String(rest.cluster ?? rest.instance);
        const text = `${name} ${JSON.stringify(rest)}`;
        const own = said.get(cluster) ?? [];
        own.push(text.replaceAll(`${cluster}!`, '').replaceAll(cluster, 'default'));
        said.set(cluster, own);
      }
    }
    for (const rows of said.values()) rows.sort();
    return said;
  });
}

describe('wrapped samples', () => {
  it('state what they state unwrapped', async () => {
    const expected = (await statements(plain.store)).get('default');
    const said = await statements(store.store);
    expect(expected?.length).toBeGreaterThan(300);
    for (const { name } of wrappers) {
      expect(said.get(clusterOf(name)), name).toEqual(expected);
    }
  }, 60_000);

  it.each(wrappers)('of $name lead from each event to the place of its record', async (wrapper) => {
    const rows = await withDatabase(store.store, (connection) =>
      statedRows(
        connection,
        `select distinct shown.record_id, shown.pointer
        from event_record as shown
        join record using (record_id)
        where record.cluster = '${clusterOf(wrapper.name)}'
        order by hash(shown.record_id, shown.pointer)`,
      ),
    );
    const places = rows.map((row) => (row.pointer as string | undefined) ?? null);
    // One more than there are lines: a text of several repeats its first.
    const expected = new Set([...lines, ''].map((_, index) => wrapper.pointer(index)));
    expect(places.filter((place) => !expected.has(place))).toEqual([]);
    expect(places.length).toBeGreaterThan(lines.length - 5);
    for (const row of rows.slice(0, 3)) {
      const record = await readRecord(store.store, String(row.record_id));
      const pointers = typeof row.pointer === 'string' ? row.pointer.split('#') : [];
      if (pointers.length === 0) continue;
      expect(followPointers(record.bytes.toString('utf8'), pointers)).toBeTypeOf('object');
    }
  });

  it('come out the same when they are read from the segments again', async () => {
    const before = statedPart(await dumpOf(store.store));
    rmSync(join(store.store.folder, 'derived'), { recursive: true });
    await rebuildDatabase(store.store);
    expect(statedPart(await dumpOf(store.store))).toEqual(before);
  }, 60_000);
});

/** The tables that are made of records; the chain behind them is not made for one pod in many clusters. */
function statedPart(dump: string): string[] {
  return dump
    .split(/^## /m)
    .filter((table) => /^(?:event|fact_|derived_event)/.test(table))
    .flatMap((table) => table.split('\n'));
}
