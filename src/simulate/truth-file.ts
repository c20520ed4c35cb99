import * as z from 'zod';
import type { Truth } from './world/truth.ts';

const time = z.iso.datetime({ precision: 6 });
const paths = z.enum([
  'csi_mount',
  'synced_secret',
  'external_copy',
  'secret_env',
  'secret_volume',
  'secret_read',
  'provider_read',
  'pod_entry',
  'pod_logs',
  'pod_proxy',
  'port_forward',
  'node_access',
  'rbac',
  'log_copy',
]);

const holderSchema = z.strictObject({
  kind: z.enum(['pod', 'identity', 'kubernetes_secret', 'node', 'stream']),
  id: z.string().nullable(),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  node: z.string().optional(),
});

const exposureSchema = z.strictObject({
  object: z.string(),
  version: z.string().nullable(),
  candidates: z.array(z.string()).optional(),
  holder: holderSchema,
  path: paths,
  observed: z.boolean(),
  first_at: time,
  last_at: time.nullable(),
  end_state: z.enum(['ended', 'open', 'unknown']),
  last_between: z.strictObject({ from: time, until: time.nullable() }).optional(),
  why: z.string(),
});

/** What a run writes beside its logs: everything that happened, in the words of an answer. */
export const truthFileSchema = z.strictObject({
  seed: z.int(),
  clusters: z.array(z.string()),
  from: time,
  until: time,
  /** References of all objects that were played, also of those that nobody held. */
  objects: z.array(z.string()),
  exposures: z.array(exposureSchema),
  versions: z.array(
    z.strictObject({
      object: z.string(),
      version: z.string(),
      created_at: time,
      created_by: z.string(),
    }),
  ),
  /** Who looks guilty and is not: of all objects and by all paths, unless some are named. */
  bystanders: z.array(
    z.strictObject({
      kind: z.enum(['pod', 'identity', 'kubernetes_secret']),
      id: z.string(),
      name: z.string().optional(),
      namespace: z.string().optional(),
      paths: z.array(paths).optional(),
      objects: z.array(z.string()).optional(),
      why: z.string(),
    }),
  ),
  /** Identities of the platform, which may be named and need not be. */
  platform: z.array(z.string()),
  /** Names put on by impersonation, as `path name`: they may stand beside the person. */
  beside: z.array(z.string()),
});

/** The truth of a run as it is read back. */
export type TruthFile = z.infer<typeof truthFileSchema>;

/** The part of a truth file that the play's own account gives. */
export function accountRows(truth: Truth) {
  const { bystanders, versions, platform, beside } = truth;
  const may = { platform: [...platform], beside: [...beside] };
  return { exposures: truth.exposures(), versions, bystanders, ...may };
}
