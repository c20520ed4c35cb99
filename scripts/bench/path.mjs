import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

// node scripts/bench/path.mjs PATH LOG FOLDER: does one of the things that are compared, in a process of
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
const { work, store, outside } = await prepare(path);
const started = performance.now();
const cpu = process.cpuUsage();
await work();
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
process.stdout.write(
  `${JSON.stringify({
    seconds,
    cpu_seconds: outside ? null : (used.user + used.system) / 1e6,
    peak_mebibytes: outside ? null : process.resourceUsage().maxRSS / 1024,
    stored_bytes: store === undefined ? null : bytesOf(store),
  })}\n`,
);

/** What is to be measured, and the store it leaves; `refresh` works on what `land` left. */
async function prepare(path) {
  switch (path) {
    case 'insert':
      return { work: () => insertTyped(join(folder, 'insert.duckdb')) };
    case 'count':
      return { work: countLines };
    case 'sha256sum':
      return outsider('sha256sum "$1" > "$2"');
    case 'gunzip':
      return outsider('gzip -dc "$1.gz" > "$2"');
    case 'jq':
      return outsider('jq -c .verb "$1" > "$2"');
    case 'land':
      return await landing([log], 'store');
    case 'land-gzip':
      return await landing([`${log}.gz`], 'store-gzip');
    case 'land-small-files':
      return await landing([`${log}.files`], 'store-small-files');
    case 'refresh': {
      const { refreshDatabase } = await built('database.js');
      const { openStore } = await built('landing/store.js');
      const store = join(folder, 'store');
      return { work: () => refreshDatabase(openStore(store)), store };
    }
    default:
      throw new Error(`no path is called ${path}`);
  }
}

/** Another program, of which only the time is known. */
function outsider(command) {
  return {
    work: async () => execFileSync('sh', ['-c', command, 'sh', log, '/dev/null']),
    outside: true,
  };
}

async function landing(paths, name) {
  const store = join(folder, name);
  rmSync(store, { recursive: true, force: true });
  const { ingest } = await built('pipeline.js');
  const { openStore } = await built('landing/store.js');
  const work = async () => {
    const summary = await ingest({ store: openStore(store, { create: true }), paths });
    if (summary.quarantined > 0) throw new Error('the log of the benchmark is all good');
  };
  return { work, store };
}

function bytesOf(store) {
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** The program as it is installed, not as tsx would run it. */
async function built(file) {
  return await import(new URL(`../../dist/${file}`, import.meta.url).href);
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
