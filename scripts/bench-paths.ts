import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** What is measured, in the order of a round; `refresh` works on what `land` left. */
export const measuredPaths = ['insert', 'land', 'refresh', 'count', 'sha256sum'] as const;
export type MeasuredPath = (typeof measuredPaths)[number];

export interface Measured {
  seconds: number;
  cpu_seconds: number;
  peak_mebibytes: number;
}

/** The columns of an audit event that the bare insert types; most of what an event says. */
const typedColumns = `{
  level: 'varchar', "auditID": 'varchar', stage: 'varchar', "requestURI": 'varchar',
  verb: 'varchar',
  user: 'struct(username varchar, uid varchar, groups varchar[])',
  "impersonatedUser": 'struct(username varchar)',
  "sourceIPs": 'varchar[]', "userAgent": 'varchar',
  "objectRef": 'struct(resource varchar, subresource varchar, namespace varchar, name varchar,
    uid varchar, "apiGroup" varchar, "apiVersion" varchar, "resourceVersion" varchar)',
  "responseStatus": 'struct(code integer, reason varchar, message varchar)',
  "requestReceivedTimestamp": 'timestamptz', "stageTimestamp": 'timestamptz',
  annotations: 'struct("authorization.k8s.io/decision" varchar,
    "authorization.k8s.io/reason" varchar)' }`;

const typedSelect = `
  select
    level, "auditID", stage, "requestURI", verb,
    "user".username, "user".uid as user_uid, "user".groups,
    "impersonatedUser".username as impersonated, "sourceIPs", "userAgent",
    "objectRef".resource, "objectRef".subresource, "objectRef".namespace, "objectRef".name,
    "objectRef".uid, "objectRef"."apiGroup", "objectRef"."apiVersion",
    "objectRef"."resourceVersion",
    "responseStatus".code, "responseStatus".reason,
    "requestReceivedTimestamp", "stageTimestamp",
    annotations."authorization.k8s.io/decision" as decision,
    annotations."authorization.k8s.io/reason" as decision_reason`;

/** Does one of the things that are compared and says what it took. */
export async function measure(path: MeasuredPath, log: string, folder: string): Promise<Measured> {
  const work = await prepare(path, log, folder);
  const started = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  return {
    seconds,
    cpu_seconds: (used.user + used.system) / 1e6,
    peak_mebibytes: process.resourceUsage().maxRSS / 1024,
  };
}

async function prepare(
  path: MeasuredPath,
  log: string,
  folder: string,
): Promise<() => Promise<void>> {
  switch (path) {
    case 'insert':
      return () => insertTyped(log, join(folder, 'insert.duckdb'));
    case 'count':
      return () => countLines(log);
    case 'sha256sum':
      return async () => {
        execFileSync('sha256sum', [log]);
      };
    case 'land': {
      rmSync(join(folder, 'store'), { recursive: true, force: true });
      const { ingest } = await built<typeof import('../src/pipeline.ts')>('pipeline.js');
      const { openStore } =
        await built<typeof import('../src/landing/store.ts')>('landing/store.js');
      return async () => {
        const store = openStore(join(folder, 'store'), { create: true });
        const summary = await ingest({ store, paths: [log] });
        if (summary.quarantined > 0) throw new Error('the log of the benchmark is all good');
      };
    }
    case 'refresh': {
      const { refreshDatabase } = await built<typeof import('../src/database.ts')>('database.js');
      const { openStore } =
        await built<typeof import('../src/landing/store.ts')>('landing/store.js');
      return async () => {
        await refreshDatabase(openStore(join(folder, 'store')));
      };
    }
  }
}

/** The program as it is installed, not as tsx would run it. */
async function built<T>(file: string): Promise<T> {
  return (await import(new URL(`../dist/${file}`, import.meta.url).href)) as T;
}

async function insertTyped(log: string, database: string): Promise<void> {
  rmSync(database, { force: true });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`set timezone = 'UTC'`);
  await connection.run(`attach '${database}' as target (storage_version 'latest')`);
  await connection.run(`
    create table target.event as
    ${typedSelect}
    from read_json('${log}', format = 'newline_delimited', columns = ${typedColumns})`);
  await connection.run('checkpoint target');
  connection.closeSync();
  instance.closeSync();
}

async function countLines(log: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`
    select count(*)
    from read_json('${log}', format = 'newline_delimited', columns = ${typedColumns})`);
  connection.closeSync();
  instance.closeSync();
}
