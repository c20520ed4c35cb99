import type { Emitter } from '../../simulate/emitter.ts';
import { auditLog } from './emit/audit-lines.ts';

/** The files of the API servers' log backend. */
export const emitter: Emitter = { source: 'k8s_audit', requests: auditLog };
