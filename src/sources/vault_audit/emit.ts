import type { Emitter } from '../../simulate/emitter.ts';
import { VaultProvider } from './emit/vault-provider.ts';

/** Vault and its CSI provider, and the file of one audit device. */
export const emitter: Emitter = {
  source: 'vault_audit',
  provider: (part) => new VaultProvider(part),
};
