import { createRequire } from 'node:module';

// DuckDB's packages are CommonJS. Imported by an ES module, each of their files is first read for the
// names that it exports: 0.2 s in every thread, more than loading them takes. Types come from the
// packages themselves.
const load = createRequire(import.meta.url);

const api = load('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The functions of DuckDB's C interface that `@duckdb/node-api` does not offer. */
export const bindings = load('@duckdb/node-bindings') as typeof import('@duckdb/node-bindings');

export const {
  BIGINT,
  BLOB,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBScalarFunction,
  DuckDBStructValue,
  DuckDBTableFunction,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  INTEGER,
  StatementType,
  VARCHAR,
} = api;
