import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CustodyError } from '../errors.ts';
import type { TokenConfig } from './serve-config.ts';

/** A token that may be shown, and what it allows. */
interface AccessToken {
  name: string;
  digest: Buffer;
  clusters: ReadonlySet<string> | null;
  sources: ReadonlySet<string> | null;
}

const tokenCharactersMin = 16;

/** The tokens that senders show as `Authorization: Bearer …`, compared in constant time. */
export class AccessTokens {
  readonly #tokens: readonly AccessToken[];

  private constructor(tokens: readonly AccessToken[]) {
    this.#tokens = tokens;
  }

  /**
   * Reads each token from its file.
   *
   * @throws CustodyError BAD_OPTION where one is not readable or too short to be one
   */
  static read(configured: readonly TokenConfig[]): AccessTokens {
    return new AccessTokens(
      configured.map(({ name, file, clusters, sources }) => ({
        name,
        digest: digestOf(readToken(file)),
        clusters: clusters === undefined ? null : new Set(clusters),
        sources: sources === undefined ? null : new Set(sources),
      })),
    );
  }

  /** One token that allows everything. */
  static of(name: string, value: string): AccessTokens {
    return new AccessTokens([{ name, digest: digestOf(value), clusters: null, sources: null }]);
  }

  /** Whether any is asked for; else whoever reaches the port may send. */
  get isRequired(): boolean {
    return this.#tokens.length > 0;
  }

  /**
   * Judges the header of a request: `missing` and `wrong` are no access at all, `elsewhere` a token that is not
   * for this cluster or source.
   */
  judge(
    header: string | undefined,
    wanted: { cluster?: string; source?: string } = {},
  ): 'allowed' | 'missing' | 'wrong' | 'elsewhere' {
    if (!this.isRequired) return 'allowed';
    const shown = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (shown === undefined) return 'missing';
    const digest = digestOf(shown);
    // All of them, whichever fits: the time tells nothing.
    const fitting = this.#tokens.filter((token) => timingSafeEqual(token.digest, digest));
    if (fitting.length === 0) return 'wrong';
    const { cluster, source } = wanted;
    const isAllowed = fitting.some(
      ({ clusters, sources }) =>
        (cluster === undefined || clusters === null || clusters.has(cluster)) &&
        (source === undefined || sources === null || sources.has(source)),
    );
    return isAllowed ? 'allowed' : 'elsewhere';
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CustodyError('BAD_OPTION', `Cannot read token file "${file}": ${code}`, {
      cause: error,
    });
  }
  if (token.length < tokenCharactersMin || /\s/.test(token)) {
    throw new CustodyError('BAD_OPTION', `Cannot use token file "${file}": it holds no token`, {
      hint: `one word of at least ${tokenCharactersMin} characters: openssl rand -hex 32 > ${file}`,
    });
  }
  return token;
}
