import { type Clock, microTime } from '../../../simulate/world/clock.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import {
  type AuditEntry,
  auditEntry,
  type Call,
  type Client,
  identityOf,
  type Principal,
  project,
  projectNumber,
} from './audit-entry.ts';

/** What a project's Secret Manager plays in, and how it logs. */
export interface SecretManagerOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the entries go, instead of into `lines`. */
  sink?: LineSink;
  /** Seconds by which the service's clock is ahead. */
  clockSkew?: number;
  /** Data access is not logged, as it is unless somebody turns it on. */
  withoutReads?: boolean;
}

/** What a read of a secret came to. */
export type SecretAnswer = { version: string; value: string; at: number } | null;

const service = 'secretmanager.googleapis.com';
const methods = 'google.cloud.secretmanager.v1.SecretManagerService';

/** Secret Manager of one project: secrets with numbered versions, refusals, and the audit log. */
export class SecretManager {
  readonly lines: LogLine[] = [];
  readonly truth: Truth;
  readonly #options: SecretManagerOptions;
  readonly #sink: LineSink;
  readonly #secrets = new Map<string, string[]>();
  readonly #denials = new Set<string>();

  constructor(options: SecretManagerOptions) {
    this.#options = options;
    this.#sink = options.sink ?? this.lines;
    this.truth = options.truth;
  }

  /** As Custody writes the object. */
  reference(secret: string): string {
    return `projects/${project}/secrets/${secret}`;
  }

  /** Before the log starts: the versions are there, and no entry tells who made them. */
  seed(secret: string, values: readonly string[]): void {
    this.#secrets.set(secret, [...values]);
  }

  /** How many versions there are: the number of the latest. */
  count(secret: string): number {
    return this.#values(secret).length;
  }

  /** Every read of the secret by that principal is refused from now on. */
  deny(identity: string, secret: string): void {
    this.#denials.add(`${identity} ${secret}`);
  }

  /** A new version, which is the latest from now on. */
  add(secret: string, value: string, by: Principal, from: Client): string {
    const values = this.#values(secret);
    values.push(value);
    const number = String(values.length);
    const parent = this.reference(secret);
    const at = this.#call('AddSecretVersion', by, from, {
      permission: 'secretmanager.versions.add',
      kind: 'ADMIN_WRITE',
      resourceName: numbered(parent),
      request: { '@type': typeOf('AddSecretVersionRequest'), parent },
      response: {
        '@type': typeOf('SecretVersion'),
        name: `${numbered(parent)}/versions/${number}`,
        createTime: microTime(this.#options.clock.now),
        state: 'ENABLED',
      },
    });
    this.truth.created(parent, number, at, identityOf(by));
    return number;
  }

  /** A version is switched off; whoever has its value goes on having it. */
  disable(secret: string, version: string, by: Principal, from: Client): void {
    const name = `${this.reference(secret)}/versions/${version}`;
    this.#call('DisableSecretVersion', by, from, {
      permission: 'secretmanager.versions.disable',
      kind: 'ADMIN_WRITE',
      resourceName: name,
      request: { '@type': typeOf('DisableSecretVersionRequest'), name },
    });
  }

  /** The value of a version, of the latest where none is named; null where it is refused. */
  access(
    secret: string,
    by: Principal,
    from: Client,
    { version = 'latest', needed = true }: { version?: string; needed?: boolean } = {},
  ): SecretAnswer {
    const values = this.#values(secret);
    const number = version === 'latest' ? values.length : Number(version);
    const value = values[number - 1];
    const name = `${this.reference(secret)}/versions/${version}`;
    const isRefused = this.#denials.has(`${identityOf(by)} ${secret}`) || value === undefined;
    const at = this.#call('AccessSecretVersion', by, from, {
      permission: 'secretmanager.versions.access',
      kind: 'DATA_READ',
      resourceName: name,
      request: { '@type': typeOf('AccessSecretVersionRequest'), name },
      isRefused,
      needed,
    });
    if (isRefused || value === undefined) return null;
    if (this.truth.keepsDetails) {
      const object = this.reference(secret);
      const read = { identity: identityOf(by), object, version: String(number) };
      this.truth.reads.push({ ...read, at: microTime(at) });
    }
    return { version: String(number), value, at };
  }

  /** The list of versions, which shows no value. */
  listVersions(secret: string, by: Principal, from: Client): void {
    const parent = this.reference(secret);
    this.#call('ListSecretVersions', by, from, {
      permission: 'secretmanager.versions.list',
      kind: 'ADMIN_READ',
      resourceName: parent,
      request: { '@type': typeOf('ListSecretVersionsRequest'), parent },
    });
  }

  /** A call to whichever service of the project; gives when it was made. */
  write(call: Call, { needed = true } = {}): number {
    const { clock, clockSkew = 0, withoutReads = false } = this.#options;
    const at = clock.tick();
    // What the service's own clock says is what its log and the truth about reads say.
    const logged = at + clockSkew * 1_000_000;
    if (withoutReads && call.kind !== 'ADMIN_WRITE') return logged;
    const text = JSON.stringify(this.entry(call, logged));
    this.#sink.push({ text, at, needed, writer: 0, opening: false });
    return logged;
  }

  /** An entry of a time, for lines that no truth rests on. */
  entry(call: Call, at = this.#options.clock.now): AuditEntry {
    return auditEntry(call, at, this.#options.random);
  }

  #call(
    method: string,
    by: Principal,
    from: Client,
    part: Omit<Call, 'service' | 'method' | 'resourceType' | 'by' | 'from'> & { needed?: boolean },
  ): number {
    const { needed = true, ...rest } = part;
    const resourceType = `${service}/${rest.resourceName.includes('/versions/') ? 'SecretVersion' : 'Secret'}`;
    const call: Call = {
      service,
      method: `${methods}.${method}`,
      resourceType,
      by,
      from,
      ...rest,
    };
    return this.write(call, { needed });
  }

  #values(secret: string): string[] {
    const values = this.#secrets.get(secret);
    if (values === undefined) throw new Error(`there is no secret ${secret}`);
    return values;
  }
}

/** The same resource under the project's number, as the service itself calls it. */
export function numbered(name: string): string {
  return name.replace(`projects/${project}/`, `projects/${projectNumber}/`);
}

function typeOf(message: string): string {
  return `type.googleapis.com/google.cloud.secretmanager.v1.${message}`;
}
