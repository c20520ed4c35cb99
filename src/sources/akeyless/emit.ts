import type { Emitter } from '../../simulate/emitter.ts';
import { AkeylessProvider } from './emit/akeyless-provider.ts';

/** An account of Akeyless and its provider of the driver, its log and those of the containers. */
export const emitter: Emitter = {
  source: 'akeyless',
  provider: (part) => new AkeylessProvider(part),
};
