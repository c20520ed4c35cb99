import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

describe('what AWS prints of an account and a secret', () => {
  const awsStore = join(root, 'aws-store');
  const stripe = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/stripe-AbCdEf';
  const put = {
    eventVersion: '1.08',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/rotator' },
    eventTime: '2026-03-01T08:00:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'PutSecretValue',
    awsRegion: 'eu-west-1',
    requestParameters: {
      secretId: stripe,
      clientRequestToken: 'A1B2C3D4-0000-0000-0000-000000000001',
    },
    responseElements: { arn: stripe },
    eventID: 'e1',
    recipientAccountId: '111122223333',
  };

  it('names who could have read it, with the accounts that may be these roles', async () => {
    writeFileSync(join(root, 'trail.json'), JSON.stringify({ Records: [put] }));
    const printed = fileURLToPath(
      new URL('../../samples/provider_objects/aws.json', import.meta.url),
    );
    const policies = ['ingest', printed, '--observed-at', '2026-03-01T09:00:00Z'];
    for (const parameters of [policies, ['ingest', join(root, 'trail.json')]]) {
      expect(await custody([...parameters, '--store', awsStore])).toMatchObject({ status: 0 });
    }
    const asked = ['query', 'run', 'privilege/provider_readers', '--param', `object=${stripe}`];
    const { stdout } = await custody([...asked, '--store', awsStore, '--format', 'json']);
    // biome-ignore lint/suspicious/noExplicitAny: the answer's own form is what is tested
    const readers = JSON.parse(stdout).map((one: any) =>
      [one.identity, one.grade, one.valid_from, ...one.accounts].join(' '),
    );
    expect(readers).toEqual([
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operators_0123456789abcdef candidate 2026-03-01T09:00:00Z',
      'arn:aws:iam::111122223333:role/payments-api matched 2026-03-01T09:00:00Z payments/api (trust, inferred)',
      'arn:aws:iam::111122223333:user/ana candidate 2026-03-01T09:00:00Z',
      'arn:aws:iam::444455556666:role/auditor candidate 2026-03-01T09:00:00Z',
      'arn:aws:iam::444455556666:root candidate 2026-03-01T09:00:00Z',
    ]);
  });
});
