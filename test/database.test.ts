import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStoreDatabase, rebuildDatabase, refreshDatabase } from '../src/database.ts';
import { normaliserOf } from '../src/normalise/source-sql.ts';
import { dumpOf, landFiles, storeOfKnownKey, withDatabase } from './helpers/sample-store.ts';

const sample = fileURLToPath(new URL('../samples/k8s_audit/ordinary.jsonl', import.meta.url));

async function withSampleStore(
  use: (store: ReturnType<typeof storeOfKnownKey>['store']) => Promise<void>,
): Promise<void> {
  const { store, remove } = storeOfKnownKey();
  try {
    await landFiles(store, [sample]);
    await use(store);
  } finally {
    remove();
  }
}

describe('the database of a store', () => {
  it('answers for an empty store', async () => {
    const { store, remove } = storeOfKnownKey();
    try {
      const count = async (view: string) =>
        await withDatabase(store, async (connection) => {
          const reader = await connection.runAndReadAll(`select count(*) from ${view}`);
          return Number(reader.getRowsJson()[0]?.[0]);
        });
      for (const view of ['record', 'quarantine', 'event', 'fact_pod', 'exposure']) {
        expect(await count(view)).toBe(0);
      }
    } finally {
      remove();
    }
  });

  it('is brought up to date when opened, and only when it is behind', async () => {
    await withSampleStore(async (store) => {
      const steps: string[] = [];
      const open = async () => {
        const progress = (step: string) => steps.push(step);
        const database = await openStoreDatabase(store, { mode: 'read', progress });
        database.close();
        return database.asOf;
      };
      const first = await open();
      expect(first).toBeGreaterThan(0);
      expect(steps).not.toEqual([]);
      steps.length = 0;
      expect(await open()).toBe(first);
      expect(steps).toEqual([]);
    });
  });

  it('can neither be written nor read a file when opened to read', async () => {
    await withSampleStore(async (store) => {
      await withDatabase(store, async (connection) => {
        await connection.run('select count(*) from record');
        for (const sql of [
          'delete from event',
          "copy (select 1) to '/tmp/custody-test-never'",
          `select * from read_text('${join(store.folder, 'keys', 'store.key')}')`,
          'set enable_external_access = true',
          "attach ':memory:' as other; create table other.t as select 1; copy other.t to '/tmp/x'",
        ]) {
          await expect(connection.run(sql), sql).rejects.toThrow();
        }
      });
    });
  });

  it('names the process that holds it', async () => {
    await withSampleStore(async (store) => {
      await refreshDatabase(store);
      const script = `
        const { DuckDBInstance } = require('@duckdb/node-api');
        DuckDBInstance.create(process.argv[1]).then(() => console.log('held'));
        setInterval(() => {}, 1000);`;
      const holder = spawn(process.execPath, ['-e', script, join(store.folder, 'custody.duckdb')], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      });
      try {
        await new Promise((resolve) => holder.stdout.once('data', resolve));
        await expect(
          openStoreDatabase(store, { mode: 'read', waitSeconds: 0.3 }),
        ).rejects.toMatchObject({
          code: 'STORE_LOCKED',
          message: expect.stringContaining(`process ${holder.pid}`),
          hint: expect.any(String),
        });
      } finally {
        holder.kill();
      }
    });
  });

  it('says so when its file is damaged, and that it can be made again', async () => {
    await withSampleStore(async (store) => {
      writeFileSync(join(store.folder, 'custody.duckdb'), 'not a database'.repeat(1000));
      await expect(openStoreDatabase(store, { mode: 'read' })).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        hint: expect.stringContaining('custody rebuild'),
      });
      expect(await rebuildDatabase(store)).toBeGreaterThan(0);
    });
  });

  it('reads a batch again whose columns another normaliser wrote', async () => {
    const first = storeOfKnownKey();
    const second = storeOfKnownKey();
    try {
      await landFiles(first.store, [sample]);
      const { version } = normaliserOf('k8s_audit');
      const older = {
        version: '0000000000000000',
        sql: `select landed.* exclude (text, observed_at) replace ('old' as level) from landed`,
      };
      await landFiles(second.store, [sample], { normaliser: () => older });
      expect(await dumpOf(second.store)).toBe(await dumpOf(first.store));
      const derived = join(second.store.folder, 'derived', `k8s_audit-${version}`);
      expect(existsSync(derived) && readdirSync(derived).length).toBeGreaterThan(0);
    } finally {
      first.remove();
      second.remove();
    }
  });
});
