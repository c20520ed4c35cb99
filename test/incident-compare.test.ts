import { describe, expect, test } from 'vitest';
import type { TrueExposure } from '../src/simulate/world/truth.ts';
import type { Answer, AnsweredExposure } from './incidents/answer.ts';
import { incidents } from './incidents/cases/index.ts';
import { differences } from './incidents/compare.ts';
import { accountOf } from './incidents/tell.ts';
import { inventions, namesGap } from './incidents/thinner.ts';

/** The answer that says just what happened. */
function perfect(exposure: TrueExposure): AnsweredExposure {
  const { object, version, path, observed, first_at, last_at, end_state } = exposure;
  const { kind, id, cluster, namespace, name } = exposure.holder;
  const holder = {
    kind,
    id: id ?? 'a stream',
    cluster: cluster ?? null,
    namespace: namespace ?? null,
    name: name ?? null,
  };
  const links = [{ kind: 'read', evidence: ['some id'] }];
  const row = { object, version, holder, path, observed, first_at, last_at, end_state };
  return { ...row, grade: 'recorded', alternatives: exposure.candidates ?? null, links };
}

const later = (time: string, seconds: number) =>
  new Date(Date.parse(time) + seconds * 1000).toISOString();

// An examiner that passes everything is worse than none: each incident's own truth passes, and
// each thing an answer can get wrong is found.
describe.each(incidents)('the truth of $name', ({ play }) => {
  const { truth } = play(1);
  const world = play(1);
  const expected = truth.exposures();
  const right = expected.map(perfect);
  const wrong = (change: (row: AnsweredExposure) => AnsweredExposure | null) =>
    right.flatMap((row, index) => {
      const changed = change(row);
      const rest = right.filter((_, other) => other !== index);
      const answer = changed === null ? rest : [...rest, changed];
      return differences(expected, answer, truth).length === 0 ? [row] : [];
    });

  test('passes itself, whole and in part', () => {
    expect(differences(expected, right, truth)).toEqual([]);
    const account = accountOf(world);
    expect(inventions(account, right)).toEqual([]);
    const thinner = right
      .filter(({ holder }) => holder.kind !== 'identity')
      .map((row) => ({ ...row, version: null, last_at: null, end_state: 'unknown' }));
    expect(inventions(account, thinner)).toEqual([]);
  });

  test('finds what is missing, and what is not as it was', () => {
    expect(wrong(() => null)).toEqual([]);
    expect(wrong((row) => ({ ...row, observed: !row.observed }))).toEqual([]);
    expect(wrong((row) => ({ ...row, version: '77' }))).toEqual([]);
    expect(wrong((row) => ({ ...row, links: [] }))).toEqual([]);
    const untimed = ['node_access', 'rbac'];
    const isLate = (row: AnsweredExposure) => ({ ...row, first_at: later(row.first_at, 5) });
    const passed = wrong(isLate).filter(({ path }) => !untimed.includes(path));
    expect(passed).toEqual([]);
  });

  test('finds whoever is named and was not there', () => {
    const stranger = { kind: 'identity', id: 'a stranger', cluster: null };
    const [row] = right;
    if (row === undefined) throw new Error('the incident has no truth');
    const holder = { ...stranger, namespace: null, name: null };
    const extra = { ...row, path: 'secret_read', observed: true, holder };
    expect(differences(expected, [...right, extra], truth)).toHaveLength(1);
    expect(inventions(accountOf(world), [extra])).toHaveLength(1);
    for (const { kind, id, objects, paths } of truth.bystanders) {
      const guilty = {
        ...extra,
        object: objects?.[0] ?? row.object,
        path: paths?.[0] ?? 'rbac',
        observed: paths !== undefined,
        holder: { ...holder, kind, id },
      };
      expect(differences(expected, [...right, guilty], truth), id).toHaveLength(1);
    }
  });

  test('tells an exposure that goes on after its end as invented', () => {
    const account = accountOf(world);
    const ended = right.filter(
      ({ end_state, holder }) => end_state === 'ended' && holder.kind !== 'identity',
    );
    for (const row of ended) {
      if (row.last_at === null || row.holder.kind === 'stream') continue;
      const longer = { ...row, last_at: later(row.last_at, 60) };
      const isAgain = right.some(
        (other) => other !== row && other.path === row.path && other.holder.id === row.holder.id,
      );
      if (!isAgain) expect(inventions(account, [longer])).toHaveLength(1);
    }
  });
});

describe('a gap', () => {
  const exposures = incidents[0]?.play(1).truth.exposures().map(perfect) ?? [];
  const always = {
    question: 'Who holds copies that no log shows?',
    why: 'Backups leave no record in an audit log of Vault or Kubernetes',
    collect: 'the lists of who can restore them',
  };
  const whole: Answer = { exposures, versions: [], unknowns: [always] };
  const less = { ...whole, exposures: exposures.slice(1) };
  const missing = { log: 'vault' } as const;

  test('is none where nothing is lost', () => {
    expect(namesGap(whole, whole, missing)).toBe(true);
  });

  test('is not named by what is never known', () => {
    expect(namesGap(less, whole, missing)).toBe(false);
  });

  test('is named by what only this answer does not know', () => {
    const unknown = { question: 'Which versions?', why: 'no Vault log', collect: 'its audit log' };
    const naming = { ...less, unknowns: [always, unknown] };
    expect(namesGap(naming, whole, missing)).toBe(true);
    const blank = { ...less, unknowns: [{ ...unknown, collect: '' }] };
    expect(namesGap(blank, whole, missing)).toBe(false);
    expect(namesGap(naming, whole, { log: 'kubernetes', cluster: 'east' })).toBe(false);
  });
});
