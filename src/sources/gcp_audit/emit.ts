import type { Emitter } from '../../simulate/emitter.ts';
import { GcpProvider } from './emit/gcp-provider.ts';

/** Secret Manager and Google's CSI provider, and the audit log of their project. */
export const emitter: Emitter = {
  source: 'gcp_audit',
  provider: (part) => new GcpProvider(part),
};
