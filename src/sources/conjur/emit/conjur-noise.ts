import type { NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { AuditMessage } from './audit-message.ts';
import type { ConjurServer } from './conjur-server.ts';

/** Machines authenticate and fetch what is theirs alone, people ask who they are: nothing that is played. */
export function conjurNoise(conjur: ConjurServer, random: Random): NoiseTemplate[] {
  const machines = ['billing', 'gateway', 'backup'].map((name) => ({
    role: conjur.roleId(`host:machines/${name}`),
    address: `198.18.4.${random.integer(2, 250)}`,
  }));
  const people = ['piotr', 'olga'].map((name) => ({
    role: conjur.roleId(`user:${name}`),
    address: `192.0.2.${random.integer(100, 250)}`,
  }));
  const service = conjur.roleId('webservice:conjur/authn');
  const acts: { weight: number; message: Omit<AuditMessage, 'request'> }[] = [
    ...machines.map((who) => ({
      weight: 8,
      message: {
        ...who,
        id: 'authn',
        subject: { role: who.role },
        operation: 'authenticate',
        authenticator: { name: 'authn', service },
        text: `${who.role} successfully authenticated with authenticator authn service ${service}`,
      },
    })),
    ...machines.map((who) => {
      const resource = conjur.roleId(`variable:${who.role.split('/')[1]}/token`);
      const text = `${who.role} fetched ${resource}`;
      const message = { ...who, id: 'fetch', subject: { resource }, operation: 'fetch', text };
      return { weight: 8, message };
    }),
    ...people.map((who) => ({
      weight: 2,
      message: {
        ...who,
        id: 'identity-check',
        subject: { role: who.role },
        operation: 'check',
        text: `${who.role} checked its identity using whoami`,
      },
    })),
  ];
  return acts.map(({ weight, message }) => ({ weight, lines: linesOf(conjur.line(message)) }));
}

function linesOf(line: string): NoiseTemplate['lines'] {
  const text = line.replace(/^(<\d+>1) \S+/, '$1 time-of-message');
  const placeholders = {
    'time-of-message': ({ at }: { at: number }) => `${microTime(at).slice(0, 23)}Z`,
    'request-of-message': ({ id }: { id: string }) => id,
  };
  return [{ ...cutTemplate(text, placeholders), after: 0, opening: false }];
}
