import { expect } from 'vitest';

/**
 * What Custody does not answer yet, and why: each is told, and must fail. One that passes is an
 * error, so this list can only shrink. A name is an incident's, `<incident> without <log> <cluster>`
 * of its thinner telling, `story <name>` or `story <name> without <log>`.
 */
export const awaited: Readonly<Record<string, string>> = {
  'conjur-two-accounts':
    'Variables are called by their id alone (DESIGN section 5): those of two accounts are one object.',
};

/** Nothing is wrong with an answer, or it is awaited: then something must be. */
export function expectNothing(name: string, found: string[]): void {
  if (!(name in awaited)) expect(found).toEqual([]);
  else expect(found, `"${name}" passes: take it off test/incidents/awaited.ts`).not.toEqual([]);
}
