import type { Held } from './kinds.ts';
import type { Path } from './truth.ts';

/** A service-account token that the API server made for somebody. */
export interface TrueToken {
  jti: string;
  cluster: string;
  namespace: string;
  serviceAccount: string;
  /** The pod it is bound to. */
  podUid: string | null;
  /** Who asked for it, and the token with which; null: another credential. */
  by: string;
  with: string | null;
  at: number;
  /** False where the line of the request may be lost to damage. */
  isNeeded: boolean;
}

export interface TokenUse extends Held {
  jti: string;
  path: Path;
}

/** Which tokens there are, who has them, and what was seen with each: kept by the play itself. */
export class TokenLedger {
  readonly issued: TrueToken[] = [];
  readonly uses: TokenUse[] = [];

  /** Tokens asked for with this one. */
  childrenOf(jti: string): TrueToken[] {
    return this.issued.filter((token) => token.with === jti);
  }

  /** Whether a request with this very token was shown the version by that path. */
  isShown(jti: string, seen: { object: string; version: string | null; path: Path }): boolean {
    return this.uses.some(
      (use) =>
        use.jti === jti &&
        use.object === seen.object &&
        use.version === seen.version &&
        use.path === seen.path,
    );
  }
}
