import type { Emitter } from '../../simulate/emitter.ts';
import { ConjurProvider } from './emit/conjur-provider.ts';

/** Conjur and its provider of the driver, and its audit log. */
export const emitter: Emitter = {
  source: 'conjur',
  provider: (part) => new ConjurProvider(part),
};
