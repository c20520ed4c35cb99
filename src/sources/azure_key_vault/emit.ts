import type { Emitter } from '../../simulate/emitter.ts';
import { AzureProvider } from './emit/azure-provider.ts';

/** A vault and Azure's CSI provider, and the vault's audit log as storage holds it. */
export const emitter: Emitter = {
  source: 'azure_key_vault',
  provider: (part) => new AzureProvider(part),
};
