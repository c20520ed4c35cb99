import type { NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { microTime } from '../../../simulate/world/clock.ts';
import type { Random } from '../../../simulate/world/random.ts';
import { type Call, project } from './audit-entry.ts';
import type { SecretManager } from './secret-manager.ts';

/** Machines list buckets and instances, people list secrets: no value is shown. */
export function auditNoise(secrets: SecretManager, random: Random): NoiseTemplate[] {
  const machines = ['billing', 'gateway', 'backup'].map((name) => ({
    by: { email: `${name}@${project}.iam.gserviceaccount.com` },
    from: { address: `198.18.2.${random.integer(2, 250)}`, userAgent: 'google-api-go-client/0.5' },
  }));
  const people = ['piotr@example.com', 'olga@example.com'].map((email) => ({
    by: { email },
    from: { address: `192.0.2.${random.integer(100, 250)}`, userAgent: 'Mozilla/5.0 (X11)' },
  }));
  const parent = `projects/${project}`;
  const acts: { weight: number; call: Call }[] = [
    ...machines.flatMap((who) => [
      { weight: 8, call: { ...who, ...listing('storage', 'storage.objects.list', 'projects/_') } },
      { weight: 4, call: { ...who, ...listing('compute', 'v1.compute.instances.list', parent) } },
    ]),
    ...people.map((who) => ({
      weight: 2,
      call: { ...who, ...listing('secretmanager', `${secretService}.ListSecrets`, parent) },
    })),
  ];
  return acts.map(({ weight, call }) => ({ weight, lines: linesOf(secrets, call) }));
}

const secretService = 'google.cloud.secretmanager.v1.SecretManagerService';

function listing(name: string, method: string, resourceName: string): Omit<Call, 'by' | 'from'> {
  return {
    service: `${name}.googleapis.com`,
    method,
    permission: `${name}.resources.list`,
    kind: 'ADMIN_READ',
    resourceName,
    resourceType: 'cloudresourcemanager.googleapis.com/Project',
    request: { parent: resourceName },
  };
}

function linesOf(secrets: SecretManager, call: Call): NoiseTemplate['lines'] {
  const changing = {
    timestamp: 'time-of-entry',
    receiveTimestamp: 'time-of-entry',
    insertId: 'entry-id',
  };
  const placeholders = {
    'time-of-entry': ({ at }: { at: number }) => `${microTime(at).slice(0, -1)}000Z`,
    'entry-id': ({ id }: { id: string }) => id.slice(0, 13),
  };
  const text = JSON.stringify({ ...secrets.entry(call), ...changing });
  return [{ ...cutTemplate(text, placeholders), after: 0, opening: false }];
}
