import type { NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Access, Principal } from './audit-record.ts';
import type { KeyVault } from './key-vault.ts';

/** Machines ask where to log in, unwrap keys and look for certificates, people list: no value is shown. */
export function keyVaultNoise(vault: KeyVault, random: Random): NoiseTemplate[] {
  const machines = ['billing', 'gateway', 'backup'].map((name) => ({
    by: principal(random, { resourceId: `/subscriptions/x/providers/Microsoft.Web/sites/${name}` }),
    address: `198.18.0.${random.integer(2, 250)}`,
    userAgent: 'azsdk-net-Security.KeyVault.Keys/4.8.0 (.NET 8.0.21; Debian 12)',
  }));
  const people = ['piotr@example.com', 'olga@example.com'].map((userPrincipalName) => ({
    by: principal(random, { userPrincipalName }),
    address: `192.0.2.${random.integer(100, 250)}`,
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
  }));
  const key = `/keys/wrap/${random.hex(32)}`;
  const id = `https://${vault.name}.vault.azure.net${key}`;
  const acts: { weight: number; access: Access }[] = [
    ...machines.flatMap((who) => [
      {
        weight: 8,
        access: { ...who, by: null, operation: 'Authentication', path: key, status: 401 },
      },
      { weight: 8, access: { ...who, operation: 'KeyUnwrap', path: `${key}/unwrapkey`, id } },
      { weight: 2, access: { ...who, operation: 'CertificateList', path: '/certificates' } },
    ]),
    ...people.map((who) => ({
      weight: 2,
      access: { ...who, operation: 'SecretList', path: '/secrets' },
    })),
  ];
  return acts.map(({ weight, access }) => ({ weight, lines: linesOf(vault, access) }));
}

function principal(random: Random, part: Partial<Principal>): Principal {
  return { objectId: random.uuid(), applicationId: random.uuid(), ...part };
}

function linesOf(vault: KeyVault, access: Access): NoiseTemplate['lines'] {
  const record = { ...vault.record(access), time: 'time-of-record', correlationId: 'record-id' };
  const placeholders = {
    'time-of-record': ({ at }: { at: number }) => `${microTime(at).slice(0, -1)}0Z`,
    'record-id': ({ id }: { id: string }) => id,
  };
  return [{ ...cutTemplate(JSON.stringify(record), placeholders), after: 0, opening: false }];
}
