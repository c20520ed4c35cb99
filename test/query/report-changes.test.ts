import { describe, expect, it } from 'vitest';
import type { EvidenceReport } from '../../src/query/evidence-report.ts';
import type { Row } from '../../src/query/plain-value.ts';
import { compareReports } from '../../src/query/report-changes.ts';

const since = '2026-03-03T08:40:00Z';

function reportOf(rows: Row[], unknowns: Row[] = []): EvidenceReport {
  const section = { query: 'rotation/lag', title: 'Lag', rows };
  return { sections: [section], unknowns } as unknown as EvidenceReport;
}

function changesOf(before: Row[], after: Row[], key: string[]) {
  const keys = new Map([['rotation/lag', key]]);
  return compareReports(reportOf(before), reportOf(after), since, keys).questions[0];
}

const pod = { pod: 'api-1', version: '3', seen: [{ ip: '10.0.0.1', evidence: ['a-1'] }] };

describe('what changed between two reports', () => {
  it.each([
    {
      name: 'nothing, where only evidence came',
      before: [{ ...pod, evidence: ['a-1'] }],
      after: [{ ...pod, seen: [{ ip: '10.0.0.1', evidence: ['a-1', 'b-2'] }], evidence: ['b-2'] }],
      key: ['pod'],
      changes: { added: [], changed: [], gone: [] },
    },
    {
      name: 'of a row under the same key, what it was and is',
      before: [pod],
      after: [{ ...pod, version: '4' }],
      key: ['pod'],
      changes: {
        added: [],
        changed: [{ pod: 'api-1', version: { was: '3', is: '4' } }],
        gone: [],
      },
    },
    {
      name: 'a row that came by its key, and one that is no more whole',
      before: [pod],
      after: [{ ...pod, pod: 'api-2' }],
      key: ['pod'],
      changes: { added: [{ pod: 'api-2', version: '3' }], changed: [], gone: [pod] },
    },
    {
      name: 'rows that share a key, in their order',
      before: [pod, { ...pod, version: '4' }],
      after: [{ ...pod, version: '4' }, { ...pod, version: '4' }, pod],
      key: ['pod'],
      changes: {
        added: [{ pod: 'api-1', version: '3' }],
        changed: [{ pod: 'api-1', version: { was: '3', is: '4' } }],
        gone: [],
      },
    },
    {
      name: 'of rows without a key, those that are not the same',
      before: [pod, pod],
      after: [pod, { ...pod, version: '4' }],
      key: [],
      changes: { added: [{ ...pod, version: '4' }], changed: [], gone: [pod] },
    },
  ])('is $name', ({ before, after, key, changes }) => {
    expect(changesOf(before, after, key)).toEqual({
      query: 'rotation/lag',
      title: 'Lag',
      ...changes,
    });
  });

  it('is told of unknowns too', () => {
    const asked = { question: 'Who?', why: 'no log', collect: 'the log' };
    const { since: from, questions } = compareReports(
      reportOf([], [asked]),
      reportOf([], [{ ...asked, why: 'the log ends' }]),
      since,
      new Map(),
    );
    expect(from).toBe(since);
    expect(questions.at(-1)).toEqual({
      query: 'coverage/unknowns',
      title: 'Unknowns',
      added: [{ question: 'Who?', why: 'the log ends', collect: 'the log' }],
      changed: [],
      gone: [asked],
    });
  });
});
