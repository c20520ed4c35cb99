import { describe, expect, it } from 'vitest';
import { readGcpPolicy, readGcpTrust } from '../../src/sources/provider_objects/gcp-policy.ts';

const secret = '//secretmanager.googleapis.com/projects/7/secrets/stripe';
const project = '//cloudresourcemanager.googleapis.com/projects/shop';
const pool = 'shop.svc.id.goog';
const principals = `//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/${pool}`;

interface Given {
  resource?: string;
  project?: string | null;
  role?: string;
  members?: unknown;
  condition?: unknown;
}

function policyOf({
  resource = secret,
  role = 'roles/secretmanager.secretAccessor',
  members = ['user:ana@example.net'],
  condition,
  ...rest
}: Given): string {
  const { project: number = 'projects/7' } = rest;
  return JSON.stringify({
    resource,
    project: number,
    policy: { bindings: [{ role, members, condition }] },
  });
}

/** Each rule on one line: who, where, and whether that is sure. */
function linesOf(given: Given): string[] | undefined {
  return readGcpPolicy(policyOf(given))?.map(
    ({ principals: named, pattern, conditional }) =>
      `${named?.join(' ')} ${pattern}${conditional ? ' perhaps' : ''}`,
  );
}

const begins = (name: string) => ({ expression: `resource.name.startsWith("${name}")` });
const ana = 'ana@example.net';

describe('readGcpPolicy', () => {
  it.each<[string, string[], Given]>([
    ['a secret', [`${ana} projects/(?:7)/secrets/stripe`], {}],
    [
      'a secret of a region, by the id of its project',
      [`${ana} projects/(?:7|shop)/locations/eu/secrets/a\\.b`],
      { resource: '//secretmanager.googleapis.com/projects/shop/locations/eu/secrets/a.b' },
    ],
    ['a project, by number and id', [`${ana} projects/(?:7|shop)/.*`], { resource: project }],
    [
      'a project without its number',
      [`${ana} projects/(?:shop)/.*`],
      { resource: project, project: null },
    ],
    [
      'a folder, whose projects are not told',
      [`${ana} .* perhaps`],
      { resource: '//cloudresourcemanager.googleapis.com/folders/8' },
    ],
    [
      'an organisation',
      [`${ana} .* perhaps`],
      { resource: '//cloudresourcemanager.googleapis.com/organizations/9' },
    ],
    [
      'the administrator',
      [`${ana} projects/(?:7)/secrets/stripe`],
      { role: 'roles/secretmanager.admin' },
    ],
    ['the owner', [`${ana} projects/(?:7)/secrets/stripe perhaps`], { role: 'roles/owner' }],
    ['a role that reads no value', [], { role: 'roles/secretmanager.viewer' }],
    [
      'a condition that names what names begin with',
      [`${ana} projects/(?:7|shop)/secrets/db-.*`],
      { resource: project, condition: begins('projects/7/secrets/db-') },
    ],
    [
      'a condition that names the secret itself',
      [`${ana} projects/(?:7)/secrets/stripe`],
      { condition: begins('projects/7/secrets/str') },
    ],
    ['a condition that names another secret', [], { condition: begins('projects/7/secrets/x') }],
    [
      'a condition that names another project',
      [],
      { resource: project, condition: begins('projects/8/secrets/') },
    ],
    [
      'a condition at an organisation',
      [`${ana} projects/8/secrets/a.* perhaps`],
      {
        resource: '//cloudresourcemanager.googleapis.com/organizations/9',
        condition: begins('projects/8/secrets/a'),
      },
    ],
    [
      'a condition that names versions',
      [`${ana} projects/(?:7)/secrets/stripe perhaps`],
      { condition: begins('projects/7/secrets/stripe/versions/1') },
    ],
    [
      'a condition that says more',
      [`${ana} projects/(?:7)/secrets/stripe perhaps`],
      { condition: { expression: `${begins('projects/7/').expression} && true` } },
    ],
    [
      'accounts of GKE in both forms',
      [
        'system:serviceaccount:shop:web projects/(?:7)/secrets/stripe',
        'system:serviceaccount:shop:api projects/(?:7)/secrets/stripe',
      ],
      {
        members: [
          `serviceAccount:${pool}[shop/web]`,
          `principal:${principals}/subject/ns/shop/sa/api`,
        ],
      },
    ],
    [
      'a service account, an identity of another pool, and anybody',
      [
        'a@shop.iam.gserviceaccount.com projects/(?:7)/secrets/stripe',
        'principal://iam.googleapis.com/x/subject/y projects/(?:7)/secrets/stripe',
        '* projects/(?:7)/secrets/stripe',
      ],
      {
        members: [
          'serviceAccount:a@shop.iam.gserviceaccount.com',
          'principal://iam.googleapis.com/x/subject/y',
          'allUsers',
        ],
      },
    ],
    [
      'many at once',
      [
        'group:g@example.net projects/(?:7)/secrets/stripe perhaps',
        `principalSet:${principals}/namespace/shop projects/(?:7)/secrets/stripe perhaps`,
        'allAuthenticatedUsers projects/(?:7)/secrets/stripe perhaps',
      ],
      {
        members: [
          'group:g@example.net',
          `principalSet:${principals}/namespace/shop`,
          'allAuthenticatedUsers',
        ],
      },
    ],
    ['who was deleted', [], { members: ['deleted:user:eve@example.net?uid=1'] }],
    ['nobody', [], { members: null }],
  ])('reads %s', (_name, expected, given) => {
    expect(linesOf(given)).toEqual(expected);
  });

  it.each([
    ['another resource', policyOf({ resource: '//storage.googleapis.com/bucket' })],
    ['a policy that does not say where it stands', '{"bindings":[]}'],
  ])('reads nothing of %s', (_name, text) => {
    expect(readGcpPolicy(text)).toBeNull();
  });

  it('reads a policy without bindings', () => {
    expect(readGcpPolicy(JSON.stringify({ resource: secret, policy: null }))).toEqual([]);
  });
});

const account =
  '//iam.googleapis.com/projects/shop/serviceAccounts/reports@shop.iam.gserviceaccount.com';
const user = { resource: account, role: 'roles/iam.workloadIdentityUser' };
const web = { auth_mount: pool, subject: 'system:serviceaccount:shop:web', conditional: false };

describe('readGcpTrust', () => {
  it.each<[string, object[], Given]>([
    ['one account', [web], { members: [`serviceAccount:${pool}[shop/web]`] }],
    [
      'a condition',
      [{ ...web, conditional: true }],
      { members: `principal:${principals}/subject/ns/shop/sa/web`, condition: begins('x') },
    ],
    [
      'a namespace, a pool and a cluster',
      [
        { ...web, subject: 'system:serviceaccount:shop:*' },
        { ...web, subject: 'system:serviceaccount:*' },
        { ...web, subject: 'system:serviceaccount:*', conditional: true },
      ],
      {
        members: [
          `principalSet:${principals}/namespace/shop`,
          `principalSet:${principals}/*`,
          `principalSet:${principals}/kubernetes.cluster/https://container.googleapis.com/v1/projects/shop/locations/eu/clusters/west`,
        ],
      },
    ],
    [
      'another role',
      [],
      {
        role: 'roles/iam.serviceAccountTokenCreator',
        members: [`serviceAccount:${pool}[shop/web]`],
      },
    ],
    [
      'people and other pools',
      [],
      { members: ['user:ana@example.net', 'serviceAccount:a@shop.iam.gserviceaccount.com'] },
    ],
  ])('%s', (_name, expected, given) => {
    expect(readGcpTrust(policyOf({ ...user, ...given }))).toEqual(expected);
  });

  it('reads nothing of another resource', () => {
    expect(readGcpTrust(policyOf({}))).toBeNull();
  });
});
