import type { Clock } from '../../../simulate/world/clock.ts';
import type { LineSink } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import type { Product, Session } from './vault-entry.ts';

/** What kind of Vault it is, and how it logs. */
export interface VaultOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the lines go, instead of into `lines`. */
  sink?: LineSink;
  product?: Product;
  devices?: number;
  /** The devices write everything in plain. */
  isRaw?: boolean;
  /** Batch tokens have no accessor: no session can be followed. */
  tokenType?: Session['tokenType'];
  /** A Vault namespace that everything happens in, without its slash. */
  namespace?: string;
  /** Seconds by which this machine's clock is ahead. */
  clockSkew?: number;
  /** No Kubernetes log was kept: every reader is then an identity, and the truth says so. */
  readersOnly?: boolean;
}
