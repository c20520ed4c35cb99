import { parseDocument } from 'yaml';
import * as z from 'zod';

/** What a workload is for, in the words of the governance record. */
const purposes = [
  'model_api',
  'retrieval_store',
  'tool_execution',
  'data_pipeline',
  'signing',
  'telemetry',
  'administrative_automation',
] as const;

const name = z.string().min(1).max(253);

const entrySchema = z.strictObject({
  /** Absent: the cluster given with `--cluster`, else every cluster. */
  cluster: name.optional(),
  namespace: name,
  /** `Deployment/api`; absent: every workload of the namespace. */
  workload: z
    .string()
    .regex(/^[A-Z][A-Za-z]+\/[^/\s]+$/, 'wants Kind/name, as in Deployment/api')
    .optional(),
  /** A SecretProviderClass; absent: every one. */
  class: name.optional(),
  purpose: z.enum(purposes).optional(),
  access_review: z
    .strictObject({
      owner: z.string().trim().min(1),
      last_review: z.iso.date('wants a day, as in 2026-02-01').optional(),
    })
    .optional(),
});

const fileSchema = z.strictObject({
  /** The version of this format. */
  custody: z.literal(1),
  /** Whose file it is: the team's next one replaces it. */
  team: name,
  workloads: z.array(entrySchema).min(1),
});

/** What is wrong with a team's custody.yaml, a line each: where, and what is expected there. */
export function checkCustodyYaml(text: string): string[] {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) return [`line ${error.linePos?.[0].line ?? 1}: no YAML (${error.code})`];
  // A day may stand without quotes, which YAML 1.2 leaves a text.
  const result = fileSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (result.success) return [];
  return result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
}
