import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';

const root = mkdtempSync(join(tmpdir(), 'custody-policies-'));
const store = join(root, 'store');
const object = 'vault:secret/payments/stripe';

/** What `vault read -format=json sys/policies/acl/<name>` prints. */
function policy(name: string, text: string): string {
  const data = { name, policy: text };
  return JSON.stringify({ request_id: name, lease_id: '', renewable: false, data }, null, 2);
}

/** Request and response of a login and of a write, as an audit device logs them. */
function entries(
  at: string,
  id: string,
  operation: string,
  path: string,
  auth: object,
  data: object = {},
): string {
  const request = { id, operation, path, remote_address: '10.0.0.9', data };
  const isLogin = path.startsWith('auth/');
  return [
    { time: at, type: 'request', request, ...(isLogin ? {} : { auth }) },
    {
      time: at,
      type: 'response',
      request,
      ...(isLogin ? {} : { auth }),
      response: isLogin ? { auth } : { data: { version: 1 } },
    },
  ]
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('');
}

const dee = {
  accessor: 'hmac-sha256:dee',
  display_name: 'ldap-dee',
  metadata: { username: 'dee' },
  policies: ['default', 'payments'],
};
const eve = {
  ...dee,
  accessor: 'hmac-sha256:eve',
  metadata: { username: 'eve' },
  policies: ['shop'],
};
const admin = { accessor: 'hmac-sha256:root', display_name: 'root', policies: ['root'] };

beforeAll(async () => {
  writeFileSync(
    join(root, 'policies.json'),
    [
      policy('payments', 'path "secret/data/payments/*" { capabilities = ["read"] }'),
      policy('shop', 'path "secret/data/*" { capabilities = ["list"] }'),
    ].join('\n'),
  );
  writeFileSync(
    join(root, 'audit.log'),
    [
      entries('2026-03-01T10:00:00Z', 'w1', 'create', 'secret/data/payments/stripe', admin),
      entries('2026-03-01T11:00:00Z', 'l1', 'update', 'auth/ldap/login/dee', dee),
      entries('2026-03-01T11:05:00Z', 'l2', 'update', 'auth/ldap/login/eve', eve),
      entries('2026-03-01T14:00:00Z', 'p1', 'update', 'sys/policies/acl/payments', admin),
    ].join(''),
  );
  const policies = ['ingest', join(root, 'policies.json'), '--observed-at', '2026-03-01T09:00:00Z'];
  for (const parameters of [policies, ['ingest', join(root, 'audit.log')]]) {
    expect(await custody([...parameters, '--store', store])).toMatchObject({ status: 0 });
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('policies that were landed', () => {
  it('name who could have read, apart from who did, until somebody writes them anew', async () => {
    const asked = ['blast-radius', '--object', object, '--store', store, '--format', 'json'];
    const { stdout } = await custody(asked);
    const answer = JSON.parse(stdout);
    const readers = answer.exposures.map(
      // biome-ignore lint/suspicious/noExplicitAny: the answer's own form is what is tested
      (one: any) =>
        [one.holder.id, one.path, one.observed, one.grade, one.first_at, one.last_at].join(' '),
    );
    expect(readers).toEqual([
      'root provider_policy false matched 2026-03-01T10:00:00Z ',
      'dee provider_policy false matched 2026-03-01T11:00:00Z 2026-03-01T14:00:00Z',
    ]);
    expect(answer.coverage).toContainEqual(
      expect.objectContaining({ path: 'provider_policy', state: 'partial' }),
    );
    expect(answer.unknowns.map(({ why }: { why: string }) => why)).toContainEqual(
      expect.stringMatching(/written anew/),
    );
  });

  it('lead back to the text of the policy', async () => {
    const asked = ['query', 'run', 'privilege/provider_readers', '--param', `object=${object}`];
    const { stdout } = await custody([...asked, '--store', store, '--format', 'json']);
    const [reader] = JSON.parse(stdout) as { evidence: string[] }[];
    const shown = await Promise.all(
      (reader?.evidence ?? []).map((id) => custody(['show', id, '--raw', '--store', store])),
    );
    const texts = shown.map((one) => one.stdout).join('');
    expect(texts).toContain('secret/data/payments/*');
  });
});
