/** What a `path` block of a Vault policy says. */
export interface PathRule {
  path: string;
  capabilities: string[];
  /** Parameters that narrow the rule beyond its capabilities, such as `min_wrapping_ttl`. */
  conditions: string[];
}

/** What older policies write instead of capabilities: https://developer.hashicorp.com/vault/docs/concepts/policies */
const legacyPolicies: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: ['read', 'list'],
  write: ['create', 'read', 'update', 'delete', 'list'],
  sudo: ['create', 'read', 'update', 'delete', 'list', 'sudo'],
};

/** Parameters of requests that write are no condition of a read. */
const writeParameters = new Set(['allowed_parameters', 'denied_parameters', 'comment']);

type Value = string | number | boolean | Value[] | Block;
interface Block {
  [key: string]: Value;
}

/**
 * The rules of a Vault policy, in HCL or JSON, as
 * https://developer.hashicorp.com/vault/docs/concepts/policies#policy-syntax describes them.
 *
 * Null where the text is no policy: what cannot be read whole is not read in part, since a `deny` may
 * stand in the part that was not understood.
 */
export function readVaultPolicy(text: string): PathRule[] | null {
  try {
    const blocks = text.trimStart().startsWith('{') ? blocksOfJson(text) : new Reader(text).paths();
    return blocks.map(ruleOf);
  } catch {
    return null;
  }
}

function ruleOf([path, body]: readonly [string, Block]): PathRule {
  const { capabilities, policy, ...others } = body;
  const named = capabilities ?? (typeof policy === 'string' ? (legacyPolicies[policy] ?? []) : []);
  if (!Array.isArray(named) || !named.every((name) => typeof name === 'string')) {
    throw new TypeError('capabilities are a list of texts');
  }
  const conditions = Object.keys(others).filter((key) => !writeParameters.has(key));
  return {
    path: path.replace(/^\//, ''),
    capabilities: [...named].sort(),
    conditions: conditions.sort(),
  };
}

function blocksOfJson(text: string): [string, Block][] {
  const { path = {} } = JSON.parse(text) as { path?: unknown };
  return objectsIn(path).flatMap((paths) =>
    Object.entries(paths).flatMap(([name, bodies]) =>
      objectsIn(bodies).map((body): [string, Block] => [name, body as Block]),
    ),
  );
}

/** HCL's own JSON writes one block as an object or as a list of such. */
function objectsIn(value: unknown): object[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item !== 'object' || item === null) throw new TypeError('a block is an object');
    return item;
  });
}

/** Reads the part of HCL that policies are written in; anything else is an error. */
class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  paths(): [string, Block][] {
    const found: [string, Block][] = [];
    for (this.#skip(); this.#at < this.#text.length; this.#skip()) {
      const key = this.#key();
      this.#skip();
      // `name = "…"` of the policy itself.
      if (key !== 'path') {
        this.#expect('=');
        this.#value();
        continue;
      }
      const path = this.#string();
      this.#skip();
      if (this.#peek() === '=') this.#at += 1;
      this.#skip();
      found.push([path, this.#block()]);
    }
    return found;
  }

  #block(): Block {
    const block: Block = {};
    this.#expect('{');
    for (this.#skip(); this.#peek() !== '}'; this.#skip()) {
      const key = this.#key();
      this.#skip();
      if (this.#peek() === '=' || this.#peek() === ':') this.#at += 1;
      else if (this.#peek() === '"') this.#string(); // the name of a block: factor "approvers" { … }
      block[key] = this.#value();
      this.#skip();
      if (this.#peek() === ',') this.#at += 1;
    }
    this.#at += 1;
    return block;
  }

  #value(): Value {
    this.#skip();
    const next = this.#peek();
    if (next === '"') return this.#string();
    if (next === '{') return this.#block();
    if (next === '[') return this.#list();
    const word = this.#match(/[\w.+-]+/y);
    if (word === 'true' || word === 'false') return word === 'true';
    if (Number.isNaN(Number(word))) throw new SyntaxError(`"${word}" is no value`);
    return Number(word);
  }

  #list(): Value[] {
    const items: Value[] = [];
    this.#expect('[');
    for (this.#skip(); this.#peek() !== ']'; this.#skip()) {
      items.push(this.#value());
      this.#skip();
      if (this.#peek() === ',') this.#at += 1;
      else if (this.#peek() !== ']') throw new SyntaxError('a list goes on with a comma');
    }
    this.#at += 1;
    return items;
  }

  #key(): string {
    return this.#peek() === '"' ? this.#string() : this.#match(/[A-Za-z_][\w-]*/y);
  }

  #string(): string {
    const quoted = this.#match(/"(?:[^"\\\n]|\\.)*"/y);
    return JSON.parse(quoted) as string;
  }

  #skip(): void {
    this.#match(/(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y);
  }

  #expect(character: string): void {
    this.#skip();
    if (this.#peek() !== character) throw new SyntaxError(`"${character}" is missing`);
    this.#at += 1;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new SyntaxError(`nothing known at ${this.#at}`);
    this.#at += found.length;
    return found;
  }
}
