import { parse } from 'yaml';
import * as z from 'zod';
import { CustodyError } from '../errors.ts';

const parameterSchema = z.strictObject({
  type: z.enum(['varchar', 'integer', 'timestamp', 'varchar_list', 'boolean', 'json']),
  /** Absent: the parameter must be given. Null: it may be left out. */
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]).optional(),
  doc: z.string().min(1),
});

const frontMatterSchema = z.strictObject({
  title: z.string().min(1),
  question: z.string().min(1),
  sources: z.array(z.string().regex(/^[a-z0-9_]+$/)).min(1),
  severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)),
  params: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), parameterSchema),
  misses: z.string().min(1),
  next: z.array(z.string().min(1)).min(1).max(3),
  references: z.array(z.url({ protocol: /^https$/ })).min(1),
});

export type QueryParameter = z.infer<typeof parameterSchema>;
export type FrontMatter = z.infer<typeof frontMatterSchema>;

/**
 * Reads the metadata of a query from the YAML in its first block comment.
 *
 * @param path where the text comes from, for the error
 */
export function parseFrontMatter(text: string, path: string): FrontMatter {
  const block = /^\/\* ---\r?\n([\s\S]*?)\r?\n--- \*\//.exec(text);
  if (!block) throw damaged(path, 'it does not open with a /* --- … --- */ block');
  const result = frontMatterSchema.safeParse(parseYaml(block[1] ?? '', path));
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'front matter'}: ${issue.message}`,
  );
  throw damaged(path, issues.join('; '));
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [firstLine] = String((error as Error).message).split('\n');
    throw damaged(path, `its front matter is not YAML (${firstLine})`);
  }
}

function damaged(path: string, state: string): CustodyError {
  return new CustodyError('QUERY_REFUSED', `Cannot read query "${path}": ${state}`, {
    hint: 'make a query that is right from the start: npm run new:query -- --name area/id',
  });
}
