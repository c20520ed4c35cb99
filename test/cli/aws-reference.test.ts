import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';

const samples = fileURLToPath(new URL('../../samples/aws_cloudtrail', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'custody-aws-'));
const store = join(root, 'store');
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/stripe-AbC123';
const parameter = 'arn:aws:ssm:eu-west-1:111122223333:parameter/payments/db';

beforeAll(async () => {
  const files = ['versions', 'ordinary', 'parameters'].map((name) => `${samples}/${name}.jsonl`);
  const landed = await custody(['ingest', ...files, '--store', store]);
  expect(landed.status).toBe(0);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function objectOf(reference: string): Promise<string | undefined> {
  const asked = ['blast-radius', '--object', reference, '--store', store, '--format', 'json'];
  const { status, stdout, stderr } = await custody(asked);
  return status === 0 ? JSON.parse(stdout).question.object : stderr.split('\n')[0];
}

describe('an object of AWS', () => {
  it.each([
    ['its ARN', secret, secret],
    ['its ARN without the six characters', secret.slice(0, -7), secret],
    ['the ARN of its replica', secret.replace('eu-west-1', 'us-east-1'), secret],
    ['its name', 'aws:payments/stripe', secret],
    ['a part of its name', 'stripe', secret],
    ['the ARN of a parameter', parameter, parameter],
    ["a parameter's name", 'aws:/payments/db', parameter],
  ])('is found by %s', async (_, reference, object) => {
    expect(await objectOf(reference)).toBe(object);
  });

  it.each([
    ['another account', secret.replace('111122223333', '444455556666')],
    ['a name that it begins with', 'aws:payments/strip'],
    ['other characters behind the name', `${secret.slice(0, -6)}ZzZ999`],
  ])('is not found by %s', async (_, reference) => {
    expect(await objectOf(reference)).toBe(
      `Cannot find object "${reference}": no landed log names it`,
    );
  });
});
