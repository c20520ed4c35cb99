import { type Clock, microTime } from '../../../simulate/world/clock.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import { type AuditMessage, auditLine } from './audit-message.ts';

/** What a Conjur plays in, and how it logs. */
export interface ConjurOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the messages go, instead of into `lines`. */
  sink?: LineSink;
  /** Seconds by which the server's clock is ahead. */
  clockSkew?: number;
  /** The organisation, which stands before each role and resource. */
  account?: string;
  /** As Custody writes the account before a variable, where one store has several; nothing else does. */
  isOneOfSeveral?: boolean;
}

/** Whose request it is (`user:ana`, the account apart) and where it comes from. */
export interface Caller {
  role: string;
  address: string;
}

/** What a fetch of a variable came to; null where it was refused. */
export type VariableAnswer = { version: string; value: string; at: number } | null;

/** What one act says beyond who did it. */
type Said = Omit<AuditMessage, 'request' | 'role' | 'address' | 'text'> & { text: string };

/**
 * A Conjur: variables, whose versions are counted and named by no message but one that asks for one,
 * refusals, and the audit log.
 * https://docs.cyberark.com/conjur-open-source/latest/en/content/developer/conjur_api_retrieve_secret.htm
 */
export class ConjurServer {
  readonly lines: LogLine[] = [];
  readonly truth: Truth;
  readonly account: string;
  readonly #options: ConjurOptions;
  readonly #sink: LineSink;
  readonly #values = new Map<string, string[]>();
  /** Variables that the log has been told the making of. */
  readonly #declared = new Set<string>();
  readonly #denials = new Set<string>();
  #policies = 0;

  constructor(options: ConjurOptions) {
    this.#options = options;
    this.#sink = options.sink ?? this.lines;
    this.truth = options.truth;
    this.account = options.account ?? 'shop';
  }

  /** As Custody writes the object. */
  reference(variable: string): string {
    const place = this.#options.isOneOfSeveral === true ? `${this.account}!` : '';
    return `conjur:${place}${variable}`;
  }

  /** As the log calls a role. */
  roleId(role: string): string {
    return `${this.account}:${role}`;
  }

  /** Before the log starts: the values are there, and no message tells of them. */
  seed(variable: string, values: readonly string[]): void {
    this.#values.set(variable, [...values]);
  }

  /** A policy makes a variable, which has no value yet. */
  declare(variable: string, by: Caller): void {
    this.#values.set(variable, []);
    this.#declared.add(variable);
    this.#policies += 1;
    const resource = this.#resource(variable);
    const id = this.roleId(`policy:${variable.split('/')[0]}`);
    this.#say(by, {
      id: 'policy',
      subject: { resource },
      operation: 'add',
      policy: { id, version: String(this.#policies) },
      text: `added resource ${resource}`,
    });
  }

  /** Whether the log tells of all values that the variable had. */
  isDeclared(variable: string): boolean {
    return this.#declared.has(variable);
  }

  /** How many versions there are: the number of the current one. */
  count(variable: string): number {
    return this.#valuesOf(variable).length;
  }

  /** Writes a value; the same as before makes no version, and is logged all the same. */
  set(variable: string, value: string, by: Caller): void {
    const values = this.#valuesOf(variable);
    if (values.at(-1) !== value) values.push(value);
    const resource = this.#resource(variable);
    const text = `updated ${resource}`;
    this.#say(by, { id: 'update', subject: { resource }, operation: 'update', text });
  }

  /** Every fetch of the variable by that role is refused from now on. */
  deny(role: string, variable: string): void {
    this.#denials.add(`${role} ${variable}`);
  }

  /** An authenticator says whether a role is who it claims to be. */
  authenticate(by: Caller, authenticator: string, options: { isRefused?: boolean } = {}): void {
    const { isRefused = false } = options;
    const service = this.roleId(`webservice:conjur/${authenticator}`);
    const [name = ''] = authenticator.split('/');
    const failed = `failed to authenticate with authenticator ${name} service ${service}: CONJ00002E Invalid credentials`;
    const went = `successfully authenticated with authenticator ${name} service ${service}`;
    this.#say(
      by,
      {
        id: 'authn',
        subject: { role: this.roleId(by.role) },
        operation: 'authenticate',
        authenticator: { name, service },
        isRefused,
        text: isRefused ? failed : went,
      },
      { needed: false },
    );
  }

  /** One variable; the message names a version where it was asked for. */
  fetch(variable: string, by: Caller, version?: string): VariableAnswer {
    const values = this.#valuesOf(variable);
    const number = version === undefined ? values.length : Number(version);
    const value = values[number - 1];
    const isRefused = value === undefined || this.#denials.has(`${by.role} ${variable}`);
    const asked = version === undefined ? {} : { version };
    const at = this.#sayFetch(variable, by, { ...asked, isRefused });
    return isRefused ? null : { version: String(number), value, at };
  }

  /** Several at a time, as the provider asks: no version is named, and one that is refused refuses all. */
  fetchAll(variables: readonly string[], by: Caller): Map<string, VariableAnswer> | null {
    const request = this.#options.random.uuid();
    const refused = variables.find((one) => this.#denials.has(`${by.role} ${one}`));
    if (refused !== undefined) {
      this.#sayFetch(refused, by, { isRefused: true, request });
      return null;
    }
    const answers = new Map<string, VariableAnswer>();
    for (const variable of variables) {
      const value = this.#valuesOf(variable).at(-1);
      if (value === undefined) return null;
      const at = this.#sayFetch(variable, by, { isRefused: false, request });
      answers.set(variable, { version: String(this.count(variable)), value, at });
    }
    return answers;
  }

  /** Asks whether a role may fetch the variable, which shows no value. */
  check(variable: string, by: Caller): void {
    const resource = this.#resource(variable);
    const role = this.roleId(by.role);
    this.#say(by, {
      id: 'check',
      subject: { resource, role, privilege: 'execute' },
      operation: 'check',
      text: `checked if ${role} can execute ${resource} (success)`,
    });
  }

  /** A message of a time, for lines that no truth rests on. */
  line(message: Omit<AuditMessage, 'request'> & { request?: string }): string {
    const { clock } = this.#options;
    return auditLine({ request: 'request-of-message', ...message }, clock.now);
  }

  #sayFetch(
    variable: string,
    by: Caller,
    part: { version?: string; isRefused: boolean; request?: string },
  ): number {
    const { version, isRefused, request } = part;
    const resource = this.#resource(variable);
    const what = version === undefined ? resource : `version ${version} of ${resource}`;
    const at = this.#say(
      by,
      {
        id: 'fetch',
        subject: { resource, ...(version === undefined ? {} : { version }) },
        operation: 'fetch',
        isRefused,
        text: isRefused ? `tried to fetch ${what}: Forbidden` : `fetched ${what}`,
      },
      request === undefined ? {} : { request },
    );
    if (!isRefused && this.truth.keepsDetails) {
      const read = { identity: this.roleId(by.role), object: this.reference(variable) };
      this.truth.reads.push({ ...read, version: version ?? null, at: microTime(at) });
    }
    return at;
  }

  #say(by: Caller, said: Said, part: { request?: string; needed?: boolean } = {}): number {
    const { clock, clockSkew = 0, random } = this.#options;
    const { request = random.uuid(), needed = true } = part;
    const at = clock.tick();
    const logged = at + clockSkew * 1_000_000;
    const role = this.roleId(by.role);
    const whole = { ...said, request, role, address: by.address, text: `${role} ${said.text}` };
    const text = auditLine(whole, logged);
    this.#sink.push({ text, at, needed, writer: 0, opening: false });
    return logged;
  }

  #resource(variable: string): string {
    return `${this.account}:variable:${variable}`;
  }

  #valuesOf(variable: string): string[] {
    const values = this.#values.get(variable);
    if (values === undefined) throw new Error(`there is no variable ${variable}`);
    return values;
  }
}
