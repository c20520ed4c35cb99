import { type Clock, microTime } from '../../../simulate/world/clock.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import { type Access, type AuditRecord, auditRecord, type Principal } from './audit-record.ts';

/** What a vault plays in, and how it logs. */
export interface KeyVaultOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the records go, instead of into `lines`. */
  sink?: LineSink;
  /** Seconds by which the service's clock is ahead. */
  clockSkew?: number;
  name?: string;
}

/** From where and with what a principal asks. */
export interface Client {
  address: string;
  userAgent: string;
}

/** What a read of a secret came to. */
export type SecretAnswer = { version: string; value: string; at: number } | null;

interface SecretVersion {
  id: string;
  value: string;
}

/** A vault of Azure Key Vault: secrets with their versions, refusals, and the audit log. */
export class KeyVault {
  readonly name: string;
  readonly lines: LogLine[] = [];
  readonly #options: KeyVaultOptions;
  readonly #sink: LineSink;
  readonly #secrets = new Map<string, SecretVersion[]>();
  readonly #denials = new Set<string>();

  constructor(options: KeyVaultOptions) {
    this.#options = options;
    this.#sink = options.sink ?? this.lines;
    this.name = options.name ?? 'corp-vault';
  }

  /** As Custody writes the object. */
  reference(secret: string): string {
    return `${this.#url(secret)}`;
  }

  /** Before the log starts: the versions are there, and no record tells who made them. */
  seed(secret: string, values: readonly string[]): void {
    const made = values.map((value) => ({ id: this.#options.random.hex(32), value }));
    this.#secrets.set(secret, made);
  }

  /** The versions of a secret, oldest first. */
  versions(secret: string): string[] {
    return (this.#secrets.get(secret) ?? []).map(({ id }) => id);
  }

  /** Every read of the secret by that principal is refused from now on. */
  deny(principalId: string, secret: string): void {
    this.#denials.add(`${principalId} ${secret}`);
  }

  /** A new version, which is the latest from now on. */
  set(secret: string, value: string, by: Principal, from: Client): string {
    const version = { id: this.#options.random.hex(32), value };
    this.#secrets.set(secret, [...(this.#secrets.get(secret) ?? []), version]);
    const at = this.#access('SecretSet', `/secrets/${secret}`, by, from, {
      id: `${this.#url(secret)}/${version.id}`,
      properties: { secretProperties: { type: '', attributes: { enabled: true } } },
    });
    const { truth } = this.#options;
    truth.created(this.reference(secret), version.id, at, identityOf(by));
    return version.id;
  }

  /** The value of the latest version, or of the one named; null where it is refused. */
  get(
    secret: string,
    by: Principal,
    from: Client,
    { version, needed = true }: { version?: string; needed?: boolean } = {},
  ): SecretAnswer {
    const all = this.#secrets.get(secret) ?? [];
    const found = version === undefined ? all.at(-1) : all.find(({ id }) => id === version);
    const path = `/secrets/${secret}/${version ?? ''}`;
    if (this.#denials.has(`${identityOf(by)} ${secret}`) || found === undefined) {
      const status = found === undefined ? 404 : 403;
      this.#access('SecretGet', path, by, from, { status, needed });
      return null;
    }
    const id = `${this.#url(secret)}/${found.id}`;
    const at = this.#access('SecretGet', path, by, from, { id, needed });
    const { truth } = this.#options;
    if (truth.keepsDetails) {
      const read = { identity: identityOf(by), object: this.reference(secret), version: found.id };
      truth.reads.push({ ...read, at: microTime(at) });
    }
    return { version: found.id, value: found.value, at };
  }

  /** The list of versions, which shows no value. */
  listVersions(secret: string, by: Principal, from: Client): void {
    const id = this.#url(secret);
    this.#access('SecretListVersions', `/secrets/${secret}/versions`, by, from, { id });
  }

  /** The first leg of a login: asked without a token, the vault answers where to get one. */
  challenge(secret: string, from: Client): void {
    const more = { status: 401, needed: false };
    this.#access('Authentication', `/secrets/${secret}/`, null, from, more);
  }

  /** A record of now, for lines that no truth rests on. */
  record(access: Access, now = this.#options.clock.now): AuditRecord {
    return auditRecord(this.name, access, now, this.#options.random);
  }

  #url(secret: string): string {
    return `https://${this.name}.vault.azure.net/secrets/${secret}`;
  }

  #access(
    operation: string,
    path: string,
    by: Principal | null,
    from: Client,
    more: Pick<Access, 'id' | 'status' | 'properties'> & { needed?: boolean },
  ): number {
    const { clock, clockSkew = 0 } = this.#options;
    const { needed = true, ...rest } = more;
    const at = clock.tick();
    // What the service's own clock says is what its log and the truth about reads say.
    const logged = at + clockSkew * 1_000_000;
    const record = this.record({ operation, path, by, ...from, ...rest }, logged);
    this.#sink.push({ text: JSON.stringify(record), at, needed, writer: 0, opening: false });
    return logged;
  }
}

/** As the truth calls the holder: the user principal name, else the application. */
export function identityOf(by: Principal): string {
  return by.userPrincipalName ?? by.applicationId;
}
