import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import { StatementType } from '../duckdb.ts';
import { CustodyError } from '../errors.ts';
import { type Row, toPlain } from './plain-value.ts';
import { refuseSideEffects } from './refuse-side-effects.ts';

export interface SelectLimits {
  rowsMax: number;
  secondsMax: number;
}

export interface SelectResult {
  columns: string[];
  rows: Row[];
}

const defaultLimits: SelectLimits = { rowsMax: 1_000_000, secondsMax: 300 };

/**
 * Runs exactly one statement of prepared type SELECT and gives its rows as plain values.
 *
 * The connection is expected to be read-only with external access off and its configuration locked;
 * what DuckDB lets a SELECT do even then is refused by `refuseSideEffects`.
 *
 * @throws CustodyError QUERY_REFUSED, QUERY_FAILED or LIMIT_REACHED
 */
export async function runSelect(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, DuckDBValue> = {},
  limits: SelectLimits = defaultLimits,
): Promise<SelectResult> {
  const statement = await prepareSelect(connection, sql);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    connection.interrupt();
  }, limits.secondsMax * 1000);
  try {
    bindDeclared(statement, values);
    const reader = await statement.streamAndReadUntil(limits.rowsMax + 1);
    if (reader.currentRowCount > limits.rowsMax) throw tooManyRows(limits);
    const types = reader.deduplicatedColumnNames().map((_, index) => reader.columnType(index));
    const columns = reader.deduplicatedColumnNames();
    const rows = reader.getRows().map((cells) => {
      const entries = cells.map((cell, index) => [columns[index], toPlain(cell, types[index])]);
      return Object.fromEntries(entries) as Row;
    });
    return { columns, rows };
  } catch (error) {
    if (error instanceof CustodyError) throw error;
    if (timedOut) throw tooSlow(limits);
    throw failed(error);
  } finally {
    clearTimeout(timer);
  }
}

async function prepareSelect(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  if (isBlank(sql)) throw refused('there is no statement');
  await refuseSideEffects(connection, sql);
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    throw failed(error);
  });
  if (statements.count !== 1) throw refused(`it is ${statements.count} statements, not one`);
  const statement = await statements.prepare(0).catch((error: unknown) => {
    throw failed(error);
  });
  if (statement.statementType !== StatementType.SELECT) throw refused('it is not a SELECT');
  return statement;
}

/** Binds by name what the statement uses; a declared parameter that it leaves out is no error. */
function bindDeclared(
  statement: DuckDBPreparedStatement,
  values: Record<string, DuckDBValue>,
): void {
  const used: Record<string, DuckDBValue> = {};
  for (let index = 1; index <= statement.parameterCount; index++) {
    const name = statement.parameterName(index);
    const value = values[name];
    if (value === undefined) throw refused(`its parameter $${name} has no value`);
    used[name] = value;
  }
  if (statement.parameterCount > 0) statement.bind(used);
}

function isBlank(sql: string): boolean {
  return sql.replace(/--.*$|\/\*[\s\S]*?\*\/|[\s;]/gm, '') === '';
}

function refused(state: string): CustodyError {
  return new CustodyError('QUERY_REFUSED', `Cannot run the statement: ${state}`, {
    hint: 'exactly one SELECT is run (FROM, WITH, VALUES, DESCRIBE and SUMMARIZE count as such)',
  });
}

function failed(error: unknown): CustodyError {
  const message = error instanceof Error ? error.message : String(error);
  // The first paragraph says what is wrong; the rest repeats the statement with a caret.
  const [summary = ''] = message.replace(/^Failed to extract statements: /, '').split('\n\n');
  const line = summary.replace(/\s+/g, ' ').trim();
  const denied = line.startsWith('Permission Error');
  return new CustodyError(
    denied ? 'QUERY_REFUSED' : 'QUERY_FAILED',
    `Cannot run the statement: ${line}`,
    {
      hint: denied
        ? 'a query reads the views of the store and nothing else'
        : "custody sql 'show tables' lists what there is; custody sql 'describe event' its columns",
    },
  );
}

function tooManyRows(limits: SelectLimits): CustodyError {
  return new CustodyError(
    'LIMIT_REACHED',
    `Cannot give the result: it has more than ${limits.rowsMax} rows`,
    { hint: 'add a limit or a condition; nothing was left out silently' },
  );
}

function tooSlow(limits: SelectLimits): CustodyError {
  return new CustodyError(
    'LIMIT_REACHED',
    `Cannot finish the statement: it ran for more than ${limits.secondsMax} s`,
    { hint: 'add a condition on time, or raise --timeout' },
  );
}
