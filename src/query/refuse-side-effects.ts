import type { DuckDBConnection } from '@duckdb/node-api';
import { CustodyError } from '../errors.ts';

/**
 * Table functions a statement may call. The list is closed, since DuckDB counts as SELECT what is
 * none: `select * from enable_profiling()` and `enable_logging()` change settings and write files
 * even in a read-only database with locked configuration (measured with 1.5.6), `checkpoint()` is a
 * statement in disguise, and `query('…')` hides another statement in a text.
 */
const tableFunctions = new Set([
  'duckdb_columns',
  'duckdb_functions',
  'duckdb_tables',
  'duckdb_types',
  'duckdb_views',
  'generate_series',
  'generate_subscripts',
  'json_each',
  'json_tree',
  'parquet_file_metadata',
  'parquet_metadata',
  'parquet_scan',
  'parquet_schema',
  'pragma_table_info',
  'range',
  'read_parquet',
  'repeat',
  'summary',
  'unnest',
]);

/** Scalar functions that change something, or read what is not in the store. */
const refusedScalars = new Set([
  'current_setting',
  'getenv',
  'getvariable',
  'nextval',
  'setseed',
  'write_log',
]);

/**
 * Refuses a statement that is no SELECT, is more than one, or calls a function outside the lists.
 *
 * DuckDB's own parser gives the tree (`json_serialize_sql`), so no text matching can be fooled.
 */
export async function refuseSideEffects(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll('select json_serialize_sql($sql::varchar)', {
    sql,
  });
  const tree = JSON.parse(String(reader.value(0, 0))) as ParsedSql;
  if (tree.error) {
    if (tree.error_message?.startsWith('Only SELECT')) throw refused('it is not a SELECT');
    throw new CustodyError(
      'QUERY_FAILED',
      `Cannot run the statement: ${oneLine(tree.error_message ?? 'it cannot be parsed')}`,
      { hint: 'one statement of DuckDB SQL is expected' },
    );
  }
  if (tree.statements?.length !== 1) {
    throw refused(`it is ${tree.statements?.length ?? 0} statements, not one`);
  }
  visit(tree.statements[0]);
}

interface ParsedSql {
  error: boolean;
  error_message?: string;
  statements?: unknown[];
}

function visit(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  const { type, function: call, function_name: name } = node as Record<string, unknown>;
  if (type === 'TABLE_FUNCTION') {
    const called = String((call as { function_name?: unknown } | undefined)?.function_name);
    if (!tableFunctions.has(called.toLowerCase())) {
      throw refused(`it calls ${called}(), which is not on the list of table functions`);
    }
  }
  if (typeof name === 'string' && refusedScalars.has(name.toLowerCase())) {
    throw refused(`it calls ${name}(), which a query may not`);
  }
  for (const child of Object.values(node)) visit(child);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function refused(state: string): CustodyError {
  return new CustodyError('QUERY_REFUSED', `Cannot run the statement: ${state}`, {
    hint: 'exactly one SELECT over the views of the store is run; custody sql --help lists them',
  });
}
