import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

// node scripts/bench-path.mjs PATH LOG FOLDER: does one of the things that are compared, in a process of
// its own, and prints what it took. Plain JavaScript: a loader of TypeScript would be measured with it,
// in each worker thread again.

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

const [path, log, folder] = process.argv.slice(2);
const work = await prepare(path);
const started = performance.now();
const cpu = process.cpuUsage();
await work();
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
const cpu_seconds = (used.user + used.system) / 1e6;
const peak_mebibytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ seconds, cpu_seconds, peak_mebibytes })}\n`);

/** What is to be measured; `refresh` works on what `land` left. */
async function prepare(path) {
  switch (path) {
    case 'insert':
      return () => insertTyped(join(folder, 'insert.duckdb'));
    case 'count':
      return countLines;
    case 'sha256sum':
      return async () => {
        execFileSync('sha256sum', [log]);
      };
    case 'land': {
      rmSync(join(folder, 'store'), { recursive: true, force: true });
      const { ingest } = await built('pipeline.js');
      const { openStore } = await built('landing/store.js');
      return async () => {
        const store = openStore(join(folder, 'store'), { create: true });
        const summary = await ingest({ store, paths: [log] });
        if (summary.quarantined > 0) throw new Error('the log of the benchmark is all good');
      };
    }
    case 'refresh': {
      const { refreshDatabase } = await built('database.js');
      const { openStore } = await built('landing/store.js');
      return async () => {
        await refreshDatabase(openStore(join(folder, 'store')));
      };
    }
    default:
      throw new Error(`no path is called ${path}`);
  }
}

/** The program as it is installed, not as tsx would run it. */
async function built(file) {
  return await import(new URL(`../dist/${file}`, import.meta.url).href);
}

async function insertTyped(database) {
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

async function countLines() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`
    select count(*)
    from read_json('${log}', format = 'newline_delimited', columns = ${typedColumns})`);
  connection.closeSync();
  instance.closeSync();
}
