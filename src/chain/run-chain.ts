import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';

const folder = fileURLToPath(new URL('.', import.meta.url));

interface SqlFile {
  name: string;
  sql: string;
}

const schema: SqlFile = { name: 'schema.sql', sql: readSql('schema.sql') };

/** The steps in order: `NN-<name>.sql`, each a link kind or what several of them stand on. */
const steps: readonly SqlFile[] = readdirSync(folder)
  .filter((name) => /^\d\d-.*\.sql$/.test(name))
  .sort()
  .map((name) => ({ name, sql: readSql(name) }));

/** Changes whenever any SQL of the chain does: a store refreshed by another version is stale. */
export function chainVersion(): string {
  return hashOf([schema, ...steps]);
}

/**
 * Computes entities, links and exposures from the facts, whole and anew.
 *
 * Expects the fact tables and `stream_interval`; replaces every table of `schema.sql` and leaves
 * nothing else behind. Runs in the caller's transaction where there is one.
 */
export async function runChain(connection: DuckDBConnection): Promise<void> {
  for (const table of tableNames(schema.sql)) {
    await connection.run(`drop table if exists ${table}`);
  }
  await connection.run(schema.sql);
  for (const step of steps) await runStep(connection, step);
  await dropTemporary(connection);
}

async function runStep(connection: DuckDBConnection, step: SqlFile): Promise<void> {
  try {
    await connection.run(step.sql);
  } catch (error) {
    throw new Error(`Chain step ${step.name} failed`, { cause: error });
  }
}

/** The steps share temporary tables; they would otherwise live as long as the connection. */
async function dropTemporary(connection: DuckDBConnection): Promise<void> {
  const names = new Set(steps.flatMap((step) => temporaryNames(step.sql)));
  for (const name of names) await connection.run(`drop table if exists temp.${name}`);
}

function temporaryNames(sql: string): string[] {
  return [...sql.matchAll(/^create or replace temp table (\w+)/gm)].map(([, name]) => name ?? '');
}

function tableNames(sql: string): string[] {
  return [...sql.matchAll(/^create table (\w+)/gm)].map(([, name]) => name ?? '');
}

function readSql(name: string): string {
  return readFileSync(`${folder}${name}`, 'utf8');
}

function hashOf(files: readonly SqlFile[]): string {
  const hash = createHash('sha256');
  for (const { name, sql } of files) hash.update(`${name}\0${sql}\0`);
  return hash.digest('hex').slice(0, 16);
}
