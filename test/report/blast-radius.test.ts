import { describe, expect, it } from 'vitest';
import type { BlastRadius } from '../../src/query/blast-radius.ts';
import { renderBlastRadius } from '../../src/report/blast-radius.ts';

const holder = {
  kind: 'pod',
  id: '6f1d1c1e-0000-4000-8000-000000000001',
  class: 'workload',
  cluster: 'prod',
  namespace: 'payments',
  name: 'api-7d9-x1',
  service_account: 'api',
  workload: 'Deployment/api',
  node: 'node-a',
  created_by: 'dana',
};

const exposure = {
  id: 'exposure-1',
  object: 'vault:secret/payments/stripe',
  version: '3',
  version_grade: 'matched',
  fields: ['api_key'],
  holder,
  path: 'csi_mount',
  observed: true,
  grade: 'recorded',
  alternatives: [],
  first_at: '2026-03-03T07:50:12.674Z',
  last_at: '2026-03-03T10:19:48Z',
  end_state: 'ended',
  seen_from: [],
  links: [
    {
      kind: 'delivered',
      grade: 'recorded',
      evidence: ['3f2a9c0d11e4b7a6-17', '3f2a9c0d11e4b7a6-18'],
    },
    { kind: 'resolves_to', grade: 'matched', evidence: ['3f2a9c0d11e4b7a6-18'] },
  ],
};

const stranger = {
  ...exposure,
  version: null,
  alternatives: ['2', '3'],
  holder: { kind: 'identity', id: 'system:serviceaccount:payments:api', class: 'workload' },
  path: 'provider_read',
  last_at: null,
  end_state: 'open',
};

const answer: BlastRadius = {
  question: {
    object: 'vault:secret/payments/stripe',
    version: '3',
    since: '2026-03-03T00:00:00Z',
    until: null,
    as_of: 4,
  },
  versions: [
    {
      object: 'vault:secret/payments/stripe',
      version: '3',
      created_at: '2026-03-01T00:00:00Z',
      created_by: 'sven',
      superseded_at: null,
      ended_at: null,
      ended_by: null,
      same_value: [],
      evidence: ['0a2a9c0d11e4b7a6-1'],
    },
  ],
  exposures: [exposure, stranger],
  coverage: [
    {
      cluster: 'prod',
      path: 'csi_mount',
      state: 'full',
      from: '2026-03-03T07:00:00Z',
      until: null,
    },
  ],
  unknowns: [
    { question: 'Who read etcd?', why: 'No log\u001b[2J shows it.', collect: 'Disk images' },
  ],
};

describe('the blast radius as a person reads it', () => {
  it('answers first and then says what it does not know', async () => {
    await expect(renderBlastRadius(answer)).toMatchFileSnapshot('./blast-radius.golden.txt');
  });

  it('says so where there is nothing', () => {
    const text = renderBlastRadius({ ...answer, versions: [], exposures: [], unknowns: [] });
    expect(text).toContain('Exposures: 0, 0 of them observed\n(no rows)\n');
    expect(text).toContain('Unknowns: 0\n(none)\n');
  });
});
