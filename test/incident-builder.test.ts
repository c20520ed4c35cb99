import { expect, test } from 'vitest';
import { reportedVersion } from '../src/sources/vault_audit/emit/object-version.ts';
import { auditHash } from '../src/sources/vault_audit/emit/vault-entry.ts';
import { incidents } from './incidents/cases/index.ts';

// The hash of "foo" under the salt "foo" stands in the tests of OpenBao's audit package.
test('an audit hash is what Vault computes', () => {
  const device = { salt: 'foo', isRaw: false };
  expect(auditHash(device, 'foo')).toBe(
    'hmac-sha256:08ba357e274f528065766c770a639abf6809b39ccfd37c2a3157c7f51954da0a',
  );
});

test('a reported version is what the Vault provider computes', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  const object = { objectName: 'secret-1', secretPath: 'secret/data/kv1', secretKey: 'bar1' };
  expect(reportedVersion(key, object, 'hello1')).toBe(
    '1wITaBUR0EhhCKMWo6xfjA_CRmbOkSr8jtzZxlW1OK8=',
  );
});

test.each(incidents)('$name plays the same twice and writes lines that parse', ({ play }) => {
  const [world, again] = [play(7), play(7)];
  const texts = [...world.clusters, ...world.vaults].flatMap(({ lines }) =>
    lines.map(({ text }) => text),
  );
  const repeated = [...again.clusters, ...again.vaults].flatMap(({ lines }) =>
    lines.map(({ text }) => text),
  );
  expect(repeated).toEqual(texts);
  for (const text of texts) expect(JSON.parse(text)).toBeTypeOf('object');
  expect(world.truth.exposures().length).toBeGreaterThan(0);
});
