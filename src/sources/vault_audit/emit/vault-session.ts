import { createHash } from 'node:crypto';
import type { Random } from '../../../simulate/world/random.ts';
import type { Session } from './vault-entry.ts';

export interface SessionPart {
  authMount: string;
  displayName: string;
  metadata: Record<string, string> | null;
  /** Who it is to Vault: equal strings share an entity; empty for a token without one. */
  entityOf: string;
  identity: string;
  policies: string[];
  ttl: number;
}

/** Makes tokens; one entity for each alias, however often it logs in. */
export class SessionMaker {
  readonly #random: Random;
  readonly #tokenType: Session['tokenType'];
  readonly #entities = new Map<string, string>();

  constructor(random: Random, tokenType: Session['tokenType']) {
    this.#random = random;
    this.#tokenType = tokenType;
  }

  make(part: SessionPart, issuedAt: string): Session {
    const { entityOf, ...rest } = part;
    const entity = entityOf === '' ? null : (this.#entities.get(entityOf) ?? this.#random.uuid());
    if (entity !== null) this.#entities.set(entityOf, entity);
    return {
      ...rest,
      outerToken: `hvs.CAES${this.#random.hex(40)}`,
      innerToken: `hvs.${this.#random.hex(24)}`,
      accessor: this.#random.hex(24),
      entity,
      clientId: entity ?? `${stableHex(part.displayName, 43)}=`,
      issuedAt,
      tokenType: this.#tokenType,
    };
  }
}

/** Hex digits that depend on the text alone: mount accessors and client ids do not change. */
export function stableHex(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
