import { describe, expect, it } from 'vitest';
import { bindParameters } from '../../src/query/parameters.ts';

const query = {
  id: 'area/example',
  params: {
    objects: { type: 'varchar_list' as const, doc: 'Objects' },
    since: { type: 'timestamp' as const, default: null, doc: 'Start' },
    limit: { type: 'integer' as const, default: 10, doc: 'Most rows' },
    exact: { type: 'boolean' as const, default: false, doc: 'Whole name' },
    extra: { type: 'json' as const, default: null, doc: 'Anything' },
  },
};

describe('bindParameters', () => {
  it('fills in defaults and binds lists and JSON as text', () => {
    expect(bindParameters(query, { objects: 'a, b', extra: { a: 1 } })).toEqual({
      objects: '["a","b"]',
      since: null,
      limit: 10n,
      exact: false,
      extra: '{"a":1}',
    });
  });

  it('reads times as the options do', () => {
    const bound = bindParameters(query, { objects: ['a'], since: '2026-03-01T00:00:00Z' });
    expect(bound.since).toMatchObject({ micros: 1_772_323_200_000_000n });
  });

  it.each([
    [{}, '"objects" is missing'],
    [{ objects: 'a', other: 'b' }, 'no parameter "other"'],
    [{ objects: 'a', limit: '1.5' }, '"limit" wants a whole number'],
    [{ objects: 'a', exact: 'yes' }, '"exact" wants true or false'],
    [{ objects: '[1]' }, '"objects" wants texts'],
    [{ objects: 'a', extra: '{' }, '"extra" wants JSON'],
    [{ objects: 'a', since: '2026-03-01' }, 'which hour'],
  ])('refuses %j', (given, state) => {
    expect(() => bindParameters(query, given)).toThrow(state);
  });
});
