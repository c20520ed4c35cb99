import type { Plain, Row } from '../query/plain-value.ts';

/** A row as a claim: what it states, by name, and the ids of all records that show it. */
export interface Claim {
  fields: [name: string, text: string][];
  evidence: string[];
}

/** Splits a row into what it states and the evidence ids that lie anywhere in it. */
export function toClaim(row: Row): Claim {
  const evidence = new Set<string>();
  gather(row, evidence);
  const fields = Object.entries(row)
    .filter(([name, value]) => name !== 'evidence' && value !== null)
    .map(([name, value]): [string, string] => [
      name.replaceAll('_', ' '),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
  return { fields, evidence: [...evidence].sort() };
}

function gather(value: Plain, found: Set<string>): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) gather(item, found);
    return;
  }
  for (const [name, part] of Object.entries(value)) {
    if (name === 'evidence' && Array.isArray(part)) {
      for (const id of part) if (typeof id === 'string') found.add(id);
    } else gather(part, found);
  }
}
