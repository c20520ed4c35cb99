import type { Filling, NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { nanoTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';
import { auditEntries, type Exchange, type Session } from './vault-entry.ts';
import { loginApprole, loginUserpass } from './vault-logins.ts';
import type { VaultServer } from './vault-server.ts';

const nanoStamp = ({ at, random }: Filling) => nanoTime(at, random.integer(0, 999));

/** What stands in a line for its changing values while the template is written. */
const placeholders = {
  'exchange-id': ({ id }: Filling) => id,
  'time-of-request': nanoStamp,
  'time-of-response': nanoStamp,
};

type Part = Pick<Exchange, 'operation' | 'path' | 'mount' | 'data' | 'response'> & {
  session: Session;
  address: string;
};

/** Tokens look themselves up and are renewed, machines encrypt, people browse: no value is shown. */
export function vaultNoise(server: VaultServer, random: Random): NoiseTemplate[] {
  const [device] = server.devices;
  if (device === undefined) throw new Error('the Vault has no audit device');
  const machines = ['reporting', 'billing-batch', 'ci-runner', 'backup'].map((name) => {
    const address = `10.0.7.${random.integer(2, 250)}`;
    return { address, session: loginApprole(server, name, { address }, { needed: false }) };
  });
  const people = ['piotr', 'olga', 'henrik'].map((name) => {
    const address = `192.0.2.${random.integer(100, 250)}`;
    return { address, session: loginUserpass(server, name, { address }, { needed: false }) };
  });
  return [
    ...machines.flatMap((who) => [
      { weight: 10, part: { ...who, ...tokenAct('lookup-self', 'read') } },
      { weight: 6, part: { ...who, ...tokenAct('renew-self', 'update') } },
      { weight: 8, part: { ...who, ...transitAct(random) } },
    ]),
    ...people.flatMap((who) => [
      { weight: 2, part: { ...who, ...tokenAct('lookup-self', 'read') } },
      { weight: 1, part: { ...who, ...listAct } },
    ]),
  ].map(({ weight, part }) => ({ weight, lines: linesOf(part, device) }));
}

function linesOf(part: Part, device: VaultServer['devices'][number]): NoiseTemplate['lines'] {
  const exchange: Exchange = {
    ...part,
    id: 'exchange-id',
    port: 41_208,
    userAgent: 'Go-http-client/1.1',
    namespace: null,
  };
  const times = { request: 'time-of-request', response: 'time-of-response' };
  const { request, response } = auditEntries(device, 'vault', exchange, times);
  return [
    { ...cutTemplate(request, placeholders), after: 0, opening: true },
    { ...cutTemplate(response, placeholders), after: 740, opening: false },
  ];
}

function tokenAct(name: string, operation: string) {
  const mount = {
    point: 'auth/token/',
    type: 'token',
    accessor: 'auth_token_2c6b9f01',
    class: 'auth' as const,
  };
  const response = { display_name: 'token', renewable: true, ttl: 2400, type: 'service' };
  return { operation, path: `auth/token/${name}`, mount, response };
}

function transitAct(random: Random) {
  const mount = {
    point: 'transit/',
    type: 'transit',
    accessor: 'transit_91be04d2',
    class: 'secret' as const,
  };
  return {
    operation: 'update',
    path: 'transit/encrypt/orders',
    mount,
    data: { plaintext: random.hex(48) },
    response: { ciphertext: `vault:v1:${random.hex(64)}`, key_version: 1 },
  };
}

const listAct = {
  operation: 'list',
  path: 'secret/metadata/',
  mount: { point: 'secret/', type: 'kv', accessor: 'kv_4f1c77aa', class: 'secret' as const },
  response: { keys: ['payments/', 'orders/', 'search/'] },
};
