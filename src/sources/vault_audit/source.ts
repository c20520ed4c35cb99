import type { Source } from '../source.ts';
import { vaultRedaction } from './redact.ts';

/** Audit device entries of HashiCorp Vault and OpenBao. */
export const vaultAudit: Source = {
  id: 'vault_audit',
  title: 'Vault and OpenBao audit log',
  // A `help` request has no id, a KMIP entry no auth, a device's test line only a path.
  promise: {
    all: ['type', 'time'],
    any: [['auth', 'request', 'response']],
    none: ['kind', 'apiVersion', 'verb'],
  },
  formats: ['json'],
  redact: vaultRedaction,
  documents: [
    {
      title: 'Vault: audit entry schema',
      url: 'https://developer.hashicorp.com/vault/docs/audit/schema',
    },
    { title: 'OpenBao: audit devices', url: 'https://openbao.org/docs/audit/' },
  ],
};
