import type { RedactionRules } from '../source.ts';

/** What is secret in records of this kind. */
export const vaultRedaction: RedactionRules = {
  signals: {},
  candidates: [],
  nestedWords: [],
  mark: () => {},
};
