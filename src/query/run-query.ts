import type { DuckDBConnection } from '@duckdb/node-api';
import { CustodyError } from '../errors.ts';
import type { Query } from './library.ts';
import { bindParameters, type ParameterValue } from './parameters.ts';
import { runSelect, type SelectLimits, type SelectResult } from './run-select.ts';

/** Runs a canned query with the parameters given; what fails names the query. */
export async function runQuery(
  connection: DuckDBConnection,
  query: Query,
  given: Readonly<Record<string, ParameterValue>> = {},
  limits?: SelectLimits,
): Promise<SelectResult> {
  const values = bindParameters(query, given);
  try {
    return await runSelect(connection, query.sql, values, limits);
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    const message = error.message.replace('the statement', `query "${query.id}"`);
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new CustodyError(error.code, message, { ...hint, cause: error });
  }
}
