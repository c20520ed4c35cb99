import type { NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Access, AccountRequest } from './access-entry.ts';
import type { AkeylessAccount } from './akeyless-account.ts';

/** Machines log in and read items of their own, people list: nothing that is played. */
export function akeylessNoise(account: AkeylessAccount, random: Random): NoiseTemplate[] {
  const access = (type: Access['type'], network: string): Access => ({
    id: `p-${random.hex(12)}`,
    type,
    address: `${network}.${random.integer(2, 250)}`,
    userAgent: type === 'email' ? 'Mozilla/5.0 (X11)' : 'akeyless-python/5.0.10',
  });
  const machines = ['billing', 'gateway', 'backup'];
  const acts: { weight: number; request: AccountRequest }[] = [
    ...machines.flatMap((name) => {
      const by = access('api_key', '198.18.5');
      const item = `/machines/${name}/token`;
      const request = { by, item, itemType: 'STATIC_SECRET' };
      return [
        { weight: 8, request: { action: 'authentication', by } },
        { weight: 8, request: { ...request, action: 'get_secret_value' } },
      ];
    }),
    ...['piotr', 'olga'].map((name) => ({
      weight: 2,
      request: {
        action: 'list_items',
        by: { ...access('email', '192.0.2'), uniqueId: `${name}@example.com` },
      },
    })),
  ];
  return acts.map(({ weight, request }) => ({ weight, lines: linesOf(account, request) }));
}

function linesOf(account: AkeylessAccount, request: AccountRequest): NoiseTemplate['lines'] {
  const text = JSON.stringify({ ...account.entry(request), timestamp: 'time-of-entry' });
  const placeholders = {
    'time-of-entry': ({ at }: { at: number }) => `${microTime(at).slice(0, 23)}Z`,
  };
  return [{ ...cutTemplate(text, placeholders), after: 0, opening: false }];
}
