import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findQuery, loadLibrary } from '../../src/query/library.ts';
import type { Row } from '../../src/query/plain-value.ts';
import { runQuery } from '../../src/query/run-query.ts';
import { landFiles, storeOfKnownKey, withDatabase } from '../helpers/sample-store.ts';

const folder = fileURLToPath(new URL('./governance-record/', import.meta.url));
const record = parse(readFileSync(join(folder, 'record.yaml'), 'utf8')) as Row;

const logs = ['audit.jsonl', 'vault.jsonl'].map((name) => join(folder, name));
const statements = ['objects.yaml', 'custody.yaml'].map((name) => join(folder, name));

/** Runs the query on what is landed, with evidence written as file:line. */
async function answerOf(paths: readonly string[], observedAt?: string): Promise<Row[]> {
  const { store, remove } = storeOfKnownKey();
  try {
    const options = { cluster: 'prod', ...(observedAt === undefined ? {} : { observedAt }) };
    await landFiles(store, paths, options);
    return await withDatabase(store, async (connection) => {
      const query = findQuery(loadLibrary(), 'governance/mounts');
      const { rows } = await runQuery(connection, query, { namespace: 'agents' });
      const places = await placesOf(connection);
      return JSON.parse(JSON.stringify(rows), (key, value) =>
        key === 'evidence' ? value.map((id: string) => placed(id, places)) : value,
      );
    });
  } finally {
    remove();
  }
}

async function placesOf(connection: DuckDBConnection): Promise<Map<string, string>> {
  const reader = await connection.runAndReadAll(
    `select record_id, origin, position from record join batch using (batch_id)`,
  );
  return new Map(
    reader.getRowsJson().map(([id, origin, position]) => {
      const name = basename(String(origin));
      const before = readFileSync(join(folder, name)).subarray(0, Number(position));
      const line = before.toString('utf8').split('\n').length;
      return [String(id), `${name}:${line}`];
    }),
  );
}

function placed(id: string, places: Map<string, string>): string {
  const [recordId = '', pointer] = id.split('#');
  return [places.get(recordId), pointer].filter((part) => part !== undefined).join('#');
}

describe('the governance record of a mount', () => {
  let answer: Row[];
  let thin: Row[];

  beforeAll(async () => {
    const both = [...logs, ...statements];
    answer = await answerOf(both, '2026-03-17T07:00:00Z');
    thin = await answerOf(logs);
  });

  it('is of one mount, and has the fields of the one written by hand and what they rest on', () => {
    expect(answer).toHaveLength(1);
    const told = Object.keys(answer[0] ?? {});
    expect(told.filter((name) => !(name in record))).toEqual(['mount_id', 'evidence']);
  });

  it.each(Object.keys(record))('says of %s what the one written by hand says', (name) => {
    expect(answer[0]?.[name]).toEqual(record[name]);
  });

  it('names every record that it rests on', () => {
    const listed = JSON.stringify([record.events, record.sources, record.rbac_bindings]);
    const all = [...listed.matchAll(/"([a-z]+\.(?:jsonl|yaml):[^"]*)"/g)].map(([, id]) => id);
    expect(answer[0]?.evidence).toHaveLength(new Set(all).size);
    expect(new Set(answer[0]?.evidence as string[])).toEqual(new Set(all));
  });

  it('tells what is missing, and guesses none of it, where nobody took a snapshot', () => {
    const { driver_version, provider_version, rotation, sync, rbac_bindings, missing } =
      thin[0] as Record<string, unknown>;
    expect({ driver_version, provider_version, rbac_bindings }).toEqual({
      driver_version: 'v1.6.0',
      provider_version: null,
      rbac_bindings: null,
    });
    expect(rotation).toEqual({
      flag: null,
      requires_republish: null,
      poll_interval: null,
      effective: null,
    });
    expect(sync).toEqual({ ...(record.sync as object), installed: null });
    expect((missing as { field: string }[]).map(({ field }) => field)).toEqual([
      'provider_version',
      'sync.installed',
      'rotation.flag',
      'rotation.requires_republish',
      'rotation.poll_interval',
      'rbac_bindings',
      'access_review_owner',
      'last_access_review',
    ]);
  });
});
