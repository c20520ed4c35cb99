import type { Row } from '../query/plain-value.ts';
import { makeJsonVisible } from './visible.ts';

/** Renders each row as one line of JSON. */
export function renderNdjson(rows: readonly Row[]): string {
  return rows.map((row) => `${makeJsonVisible(JSON.stringify(row))}\n`).join('');
}
