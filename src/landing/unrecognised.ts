import type { Source } from '../sources/source.ts';
import type { Reason, ScannedBlock } from './scanned-block.ts';

/** Stands in the manifest for JSON of no known source; a source that comes later may claim it. */
export const unrecognisedId = 'unrecognised';

/** A source that no record satisfies: its files are cut like any other and quarantined whole. */
export const unrecognised: Source = {
  id: unrecognisedId,
  title: 'JSON of no known source',
  promise: { all: [], any: [[]], none: [] },
  formats: ['json'],
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  documents: [],
};

/** Quarantines every row: nobody knows which part of it is secret. Before the rows are hashed. */
export function setAllAside(block: ScannedBlock): void {
  for (let row = 0; row < block.count; row += 1) {
    const {
      stored: _stored,
      redactions: _redactions,
      text: _text,
      ...special
    } = block.special.get(row) ?? { kind: 'record' as const, flags: [] };
    const own = special.reason?.startsWith('not_') === false ? special.reason : undefined;
    block.special.set(row, { ...special, reason: own ?? (unrecognisedId as Reason) });
  }
}
