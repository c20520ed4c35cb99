import { describe, expect, it } from 'vitest';
import { readAwsPolicy } from '../../src/sources/provider_objects/aws-policy.ts';
import { readAwsTrust } from '../../src/sources/provider_objects/aws-trust.ts';

const secret = 'secretsmanager:GetSecretValue';
const statement = { Effect: 'Allow', Action: secret, Resource: '*' };
const variable = (name: string) => `\${${name}}`;
const policyOf = (...statements: object[]) => JSON.stringify({ Statement: statements });

/** Each rule on one line: effect, action, pattern, and what is odd. */
function linesOf(text: string): string[] | null {
  const rules = readAwsPolicy(text);
  return (
    rules?.map((rule) =>
      [
        rule.effect,
        rule.applies_to,
        rule.pattern,
        rule.other_than === null ? '' : `but ${rule.other_than}`,
        rule.conditional ? 'perhaps' : '',
        rule.principals === null ? '' : `to ${rule.principals.join(' ')}`,
        rule.other_principals.length === 0 ? '' : `but ${rule.other_principals.join(' ')}`,
      ]
        .filter((word) => word !== '')
        .join(' '),
    ) ?? null
  );
}

describe('readAwsPolicy', () => {
  it.each<[string, string[], object]>([
    ['a statement that is no list', [`allow ${secret} .*`], { ...statement }],
    [
      'an action in any case',
      [`allow ${secret} .*`],
      { ...statement, Action: 'SecretsManager:getsecret*' },
    ],
    [
      'a letter that is any',
      [`allow ${secret} .*`],
      { ...statement, Action: ['secretsmanager:GetSecretValu?'] },
    ],
    [
      'an action that reads no value',
      [],
      { ...statement, Action: ['secretsmanager:BatchGetSecretValue', 's3:*'] },
    ],
    [
      'all but some actions',
      ['allow ssm:GetParametersByPath .*(?:/.*)?', 'allow ssm:GetParameterHistory .*'],
      {
        Effect: 'Allow',
        NotAction: ['secretsmanager:*', 'ssm:GetParameter', 'SSM:GetParameters'],
        Resource: '*',
      },
    ],
    ['no action at all', [], { Effect: 'Allow', Resource: '*' }],
    [
      'several resources, with the letters of patterns in them',
      [
        `deny ${secret} (?:arn:aws:secretsmanager:.*:.*:.*|arn:aws:secretsmanager:.*:1:secret:a\\.b-......)`,
      ],
      {
        Effect: 'Deny',
        Action: secret,
        Resource: ['arn:aws:secretsmanager:*:1:secret:a.b-??????', 'arn:aws:secretsmanager'],
      },
    ],
    [
      'all but some resources',
      [`allow ${secret} .* but arn:aws:secretsmanager:.*:.*:secret:platform/.*`],
      {
        Effect: 'Allow',
        Action: secret,
        NotResource: 'arn:aws:secretsmanager:*:*:secret:platform/*',
      },
    ],
    [
      'a variable, and letters written as variables',
      [`allow ${secret} (?:arn:a:b:c:d:\\*\\?\\$|arn:a:b:c:d:secret:.*/x) perhaps`],
      {
        ...statement,
        Resource: [
          `arn:a:b:c:d:secret:${variable('aws:PrincipalTag/team')}/x`,
          `arn:a:b:c:d:${variable('*')}${variable('?')}${variable('$')}`,
        ],
      },
    ],
    [
      'letters written as variables alone',
      [`allow ${secret} arn:a:b:c:d:\\*`],
      { ...statement, Resource: `arn:a:b:c:d:${variable('*')}` },
    ],
    [
      'a variable in what is left out',
      [`allow ${secret} .* but arn:a:b:c:d:.* perhaps`],
      { Effect: 'Allow', Action: secret, NotResource: `arn:a:b:c:d:${variable('aws:username')}` },
    ],
    [
      'a condition',
      [`allow ${secret} .* perhaps`],
      { ...statement, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } },
    ],
    [
      'a condition that always holds',
      [`allow ${secret} .*`],
      { ...statement, Condition: { Bool: { 'aws:securetransport': 'true' } } },
    ],
    [
      'a condition that never holds',
      [],
      { ...statement, Condition: { BoolIfExists: { 'aws:SecureTransport': ['false'] } } },
    ],
    [
      'a condition that never holds beside another',
      [],
      {
        ...statement,
        Condition: {
          Bool: { 'aws:SecureTransport': false },
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        },
      },
    ],
    [
      'the same key in another test',
      [`allow ${secret} .* perhaps`],
      { ...statement, Condition: { Null: { 'aws:SecureTransport': 'false' } } },
    ],
    ['a condition that is none', [`allow ${secret} .* perhaps`], { ...statement, Condition: 'x' }],
    [
      'a test that is none',
      [`allow ${secret} .* perhaps`],
      { ...statement, Condition: { Bool: null } },
    ],
    [
      'principals: an account by its id, roles, no services',
      [`allow ${secret} .* to arn:aws:iam::111122223333:root arn:aws:iam::444455556666:role/r`],
      {
        ...statement,
        Principal: {
          AWS: ['arn:aws:iam::444455556666:role/r', '111122223333'],
          Service: 'rds.amazonaws.com',
        },
      },
    ],
    ['anybody', [`allow ${secret} .* to *`], { ...statement, Principal: '*' }],
    ['anybody of AWS', [`allow ${secret} .* to *`], { ...statement, Principal: { AWS: '*' } }],
    [
      'a service alone',
      [`allow ${secret} .* to `],
      { ...statement, Principal: { Service: 'rds.amazonaws.com' } },
    ],
    [
      'all but some principals',
      [`deny ${secret} .* to * but arn:aws:iam::1:role/r`],
      { ...statement, Effect: 'Deny', NotPrincipal: { AWS: 'arn:aws:iam::1:role/r' } },
    ],
  ])('reads %s', (_name, expected, one) => {
    expect(linesOf(policyOf(one))).toEqual(expected);
  });

  it('takes one statement for a list of it', () => {
    expect(linesOf(JSON.stringify({ Statement: statement }))).toEqual([`allow ${secret} .*`]);
  });

  it.each([
    ['no JSON', '{"Statement":['],
    ['no statements', '{"Version":"2012-10-17"}'],
    ['a statement that is a text', '{"Statement":["x"]}'],
    ['an effect of another name', policyOf({ ...statement, Effect: 'allow' })],
    ['a statement beside it that is broken', policyOf(statement, {})],
  ])('reads nothing of a policy with %s', (_name, text) => {
    expect(readAwsPolicy(text)).toBeNull();
  });
});

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/A1';
const trust = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::1:oidc-provider/${issuer}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
};
const equals = (subject: unknown) => ({ StringEquals: { [`${issuer}:sub`]: subject } });
const account = { auth_mount: issuer, subject: 'system:serviceaccount:a:b', conditional: false };

describe('readAwsTrust', () => {
  it.each([
    ['one account', [account], [{ ...trust, Condition: equals(account.subject) }]],
    [
      'an audience is no condition, and keys know no case',
      [account],
      [
        {
          ...trust,
          Condition: {
            StringEquals: {
              [`${issuer.toUpperCase()}:sub`]: account.subject,
              [`${issuer}:aud`]: 'x',
            },
          },
        },
      ],
    ],
    [
      'several accounts, a pattern among them',
      [account, { ...account, subject: 'system:serviceaccount:c:*' }],
      [
        {
          ...trust,
          Action: 'sts:*',
          Condition: {
            StringLike: { [`${issuer}:sub`]: [account.subject, 'system:serviceaccount:c:*'] },
          },
        },
      ],
    ],
    [
      'a pattern that is compared letter by letter fits nobody',
      [],
      [{ ...trust, Condition: equals('system:serviceaccount:c:*') }],
    ],
    [
      'no subject lets in all accounts',
      [{ ...account, subject: 'system:serviceaccount:*' }],
      [trust],
    ],
    [
      'another condition',
      [{ ...account, conditional: true }],
      [
        {
          ...trust,
          Condition: { ...equals(account.subject), IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
        },
      ],
    ],
    [
      'a subject under another test is a condition',
      [{ ...account, subject: 'system:serviceaccount:*', conditional: true }],
      [{ ...trust, Condition: { StringNotEquals: { [`${issuer}:sub`]: account.subject } } }],
    ],
    [
      'a second test of the subject is a condition',
      [{ ...account, conditional: true }],
      [
        {
          ...trust,
          Condition: { ...equals(account.subject), StringLike: { [`${issuer}:sub`]: '*' } },
        },
      ],
    ],
    [
      'a denial may be meant for it',
      [{ ...account, conditional: true }],
      [
        { ...trust, Condition: equals(account.subject) },
        { ...trust, Effect: 'Deny', Condition: equals('x') },
      ],
    ],
    [
      'subjects that are no service accounts',
      [],
      [{ ...trust, Condition: equals('repo:org/name:ref:refs/heads/main') }],
    ],
    ['another way to assume the role', [], [{ ...trust, Action: 'sts:AssumeRoleWithSAML' }]],
    [
      'no issuer',
      [],
      [
        { ...trust, Principal: { Service: 'pods.eks.amazonaws.com' } },
        { ...trust, Principal: '*' },
      ],
    ],
  ])('%s', (_name, expected, statements) => {
    expect(readAwsTrust(policyOf(...statements))).toEqual(expected);
  });

  it('reads nothing of what is no policy', () => {
    expect(readAwsTrust('x')).toBeNull();
  });
});
