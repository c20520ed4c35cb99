import type { Source } from '../sources/source.ts';
import { list } from './sql-text.ts';

/**
 * `normalise.sql` over records that a segment holds: their columns are read from their text again.
 *
 * Landing reads the same values while it scans the bytes, and test/landing/values.test.ts holds the two
 * against each other.
 */
export function overText(normalise: string, columns: Source['columns']): string {
  if (columns === undefined) return `with staged as (from landed)\n${normalise}`;
  const names = columns.map(({ name, as }, index) => {
    const value = `${as}_value[${index + 1}]`;
    return as === 'text'
      ? `${value} as ${name}`
      : `case when json_type(${value}) <> 'NULL' then ${value} end as ${name}`;
  });
  const paths = list(columns.map(({ path }) => jsonPath(path)));
  return `with staged as (
  select landed.* exclude (text_value, json_value), ${names.join(', ')}
  from (
    select
      *,
      try(json_extract_string(text, ${paths})) as text_value,
      try(json_extract(text, ${paths})) as json_value
    from landed
  ) as landed
)
${normalise}`;
}

/** `normalise.sql` over records whose columns landing has read. */
export function overColumns(normalise: string): string {
  return `with staged as (from landed)\n${normalise}`;
}

/** https://duckdb.org/docs/stable/data/json/json_functions#json-extraction-functions */
function jsonPath(path: readonly (string | 0)[]): string {
  return path.reduce<string>((parent, step) => {
    return step === 0 ? `${parent}[0]` : `${parent}.${JSON.stringify(step)}`;
  }, '$');
}
