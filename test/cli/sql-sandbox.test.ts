import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStoreDatabase, type StoreDatabase } from '../../src/database.ts';
import { CustodyError } from '../../src/errors.ts';
import { openStore } from '../../src/landing/store.ts';
import { runSelect } from '../../src/query/run-select.ts';
import { StoryStore } from '../helpers/story-store.ts';

const canary = 'canary-4fd0c1';
let story: StoryStore;
let before: Record<string, string>;
let database: StoreDatabase;

beforeAll(async () => {
  story = new StoryStore();
  expect((await story.land()).status).toBe(0);
  mkdirSync(join(story.root, 'other'));
  for (const name of ['plain.txt', 'plain.csv', 'plain.json', 'schema.sql', 'load.sql']) {
    writeFileSync(join(story.root, 'other', name), `{"a": "${canary}"}\n`);
  }
  database = await openStoreDatabase(openStore(story.store), { mode: 'read' });
  before = hashTree(story.root);
});

afterAll(() => {
  database.close();
  story.remove();
});

/** `$STORE`, `$OTHER`, `$SEGMENT` and `$QUARANTINE` stand for paths of the store under attack. */
const attempts: [title: string, statement: string][] = [
  ['read_text of a system file', "select * from read_text('/etc/passwd')"],
  ['read_blob of a system file', "select * from read_blob('/etc/hostname')"],
  ['read_csv', "select * from read_csv('$OTHER/plain.csv')"],
  ['read_json', "select * from read_json('$OTHER/plain.json')"],
  ['read_parquet of another file', "select * from read_parquet('$OTHER/plain.json')"],
  ['read_parquet by pattern', "select * from read_parquet('$STORE/segments/*.parquet')"],
  ['glob', "select * from glob('/etc/*')"],
  ['sniff_csv', "select * from sniff_csv('$OTHER/plain.csv')"],
  ['a file as a table', "select * from '$OTHER/plain.csv'"],
  ['a file as a table in a subquery', "select (select max(a) from '$OTHER/plain.json')"],
  ['a path out of an allowed one', "select * from read_text('$STORE/segments/../keys/store.key')"],
  ['the store key', "select * from read_text('$STORE/keys/store.key')"],
  ['the manifest', "select * from read_json('$STORE/manifest/00000001.json')"],
  ['sealed quarantine as text', "select * from read_text('$QUARANTINE')"],
  ['the database file', "select * from read_blob('$STORE/custody.duckdb')"],
  ['read_duckdb', "select * from read_duckdb('$STORE/custody.duckdb')"],
  ['a web page', "select * from read_text('https://example.com/')"],
  ['getenv', "select getenv('HOME')"],
  ['COPY TO a new file', "copy (select 1) to '$OTHER/stolen.csv'"],
  ['COPY TO an allowed file', "copy (select 1) to '$SEGMENT' (format parquet)"],
  ['COPY TO standard output', "copy event to '/dev/stdout'"],
  ['COPY FROM', "copy event from '$OTHER/plain.csv'"],
  ['EXPORT DATABASE', "export database '$OTHER/export'"],
  ['IMPORT DATABASE', "import database '$OTHER'"],
  ['ATTACH a file', "attach '$OTHER/other.duckdb' as other"],
  ['ATTACH memory', "attach ':memory:' as other"],
  ['DETACH', 'detach custody'],
  ['INSTALL', 'install httpfs'],
  ['LOAD', 'load httpfs'],
  ['SET', 'set threads = 1'],
  ['SET external access', 'set enable_external_access = true'],
  ['SET VARIABLE', 'set variable x = 1'],
  ['RESET', 'reset memory_limit'],
  ['PRAGMA', 'pragma enable_profiling'],
  ['PRAGMA that DuckDB turns into a SELECT', 'pragma database_list'],
  ['enable_profiling as a table', "select * from enable_profiling(save_location := '$OTHER/p')"],
  ['enable_logging as a table', "select * from enable_logging(storage := 'file')"],
  ['write_log', "select write_log('x')"],
  ['checkpoint as a table', 'select * from force_checkpoint()'],
  ['a statement in a text', "select * from query('select 1')"],
  ['a serialised statement', "select * from json_execute_serialized_sql('{}')"],
  ['CREATE TABLE', 'create table stolen as select 1'],
  ['CREATE TEMP TABLE', 'create temp table stolen as select 1'],
  ['CREATE VIEW', 'create or replace temp view event as select 1'],
  ['CREATE MACRO', 'create temp macro stolen() as 1'],
  ['CREATE SECRET', "create secret (type s3, key_id 'x', secret 'y')"],
  ['INSERT', 'insert into event (event_id) values (1)'],
  ['UPDATE', "update event set actor = 'nobody'"],
  ['DELETE', 'delete from exposure'],
  ['MERGE', 'merge into event using event e on false when not matched then insert default values'],
  ['DROP', 'drop table event'],
  ['ALTER', 'alter table event drop column actor'],
  ['TRUNCATE', 'truncate exposure'],
  ['COMMENT', "comment on table event is 'x'"],
  ['two statements', 'select 1; select 2'],
  ['a write behind a SELECT', 'select 1; drop table event'],
  ['CALL', 'call pragma_version()'],
  ['EXPLAIN ANALYZE of a write', 'explain analyze delete from event'],
  ['PREPARE', 'prepare stolen as select 1'],
  ['EXECUTE', 'execute stolen'],
  ['BEGIN', 'begin transaction'],
  ['COMMIT', 'commit'],
  ['CHECKPOINT', 'checkpoint'],
  ['USE', 'use memory'],
  ['VACUUM', 'vacuum'],
  ['ANALYZE', 'analyze'],
  ['nothing at all', ' -- nothing'],
];

describe('custody sql', () => {
  it('has at least thirty ways out to close', () => {
    expect(attempts.length).toBeGreaterThanOrEqual(30);
  });

  it.each(attempts)('refuses %s', async (_, statement) => {
    const attempt = runSelect(database.connection, fillIn(statement));
    const error = await attempt.then(() => undefined).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CustodyError);
    const { message, hint } = error as CustodyError;
    expect(message).toMatch(/^Cannot run the statement: [^\n]+$/);
    expect(message).not.toContain(canary);
    expect(hint).toMatch(/^[^\n]+$/);
  });

  it.each(attempts.filter((_, index) => index % 6 === 0))(
    'refuses %s in one line with exit code 2',
    async (_, statement) => {
      const { status, stdout, stderr } = await story.run(['sql', fillIn(statement)]);
      expect(stderr).toMatch(/^Cannot [^\n]+\nhint: [^\n]+\n$/);
      expect(stdout).toBe('');
      expect(status).toBe(2);
    },
  );

  it('takes a statement from standard input under the same rules', async () => {
    const refused = await story.run(['sql', '-'], { stdin: 'drop table event' });
    expect(refused.status).toBe(2);
    const answered = await story.run(['sql', '-', '--format', 'json'], {
      stdin: 'select 1 as one',
    });
    expect(JSON.parse(answered.stdout)).toEqual([{ one: 1 }]);
  });

  it('has changed nothing on disk', () => {
    expect(hashTree(story.root)).toEqual(before);
  });

  it.each([
    ['record', 'select count(*) as count from record'],
    ['quarantine', 'select count(*) as count from quarantine'],
    ['event', 'select count(*) as count from event'],
    ['event_record', 'select count(*) as count from event_record'],
    ['exposure', 'select count(*) as count from exposure'],
    ['a segment itself', "select count(*) as count from read_parquet('$SEGMENT')"],
  ])('still reads %s', async (_, statement) => {
    const { rows } = await runSelect(database.connection, fillIn(statement));
    expect(rows[0]?.count).toBeGreaterThan(0);
  });
});

function fillIn(statement: string): string {
  return statement
    .replaceAll('$STORE', story.store)
    .replaceAll('$OTHER', join(story.root, 'other'))
    .replaceAll('$SEGMENT', firstFile('segments'))
    .replaceAll('$QUARANTINE', firstFile('quarantine'));
}

function firstFile(folder: string): string {
  const [name = ''] = readdirSync(join(story.store, folder)).sort();
  return join(story.store, folder, name);
}

function hashTree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    entries.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}
