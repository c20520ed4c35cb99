/** What one statement of a policy says of one action that reads a value. */
export interface CloudRule {
  /** Of the object's ARN, the whole of it. */
  pattern: string;
  /** What a NotResource leaves out; null: nothing. */
  other_than: string | null;
  /** The action. */
  applies_to: string;
  effect: 'allow' | 'deny';
  /** Something else has to hold as well, which is not evaluated. */
  conditional: boolean;
  /** Whom a policy of a resource names: ARNs, of an account that of its root, `*`. Null: whoever has the policy. */
  principals: string[] | null;
  /** Whom a NotPrincipal leaves out. */
  other_principals: string[];
}

/**
 * The actions that give a value out. BatchGetSecretValue gives nothing without GetSecretValue.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
const awsReadActions = [
  'secretsmanager:GetSecretValue',
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ssm:GetParameterHistory',
] as const;

/** A statement as policies have it; every element may be one or a list. */
export interface AwsStatement {
  Effect?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Condition?: unknown;
}

/**
 * What a policy of AWS says of reading secrets and parameters, a rule for each statement and action.
 *
 * Null where the text is no policy: a Deny may stand in the part that was not understood.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readAwsPolicy(text: string): CloudRule[] | null {
  return statementsOf(text)?.flatMap(rulesOf) ?? null;
}

/** The statements of a policy; null where it is none. */
export function statementsOf(text: string): AwsStatement[] | null {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown };
    const statements = listOf(Statement);
    const isWhole = statements.every(
      (one) => isObject(one) && /^(?:Allow|Deny)$/.test(String((one as AwsStatement).Effect)),
    );
    return Statement !== undefined && isWhole ? (statements as AwsStatement[]) : null;
  } catch {
    return null;
  }
}

/** Whether a statement is about an action: names of actions know no case. */
export function isAbout({ Action, NotAction }: AwsStatement, action: string): boolean {
  const fits = (pattern: unknown) => globPattern(String(pattern), 'i').test(action);
  return Action !== undefined
    ? listOf(Action).some(fits)
    : NotAction !== undefined && !listOf(NotAction).some(fits);
}

/** A value that stands for a list of itself, as everywhere in policies. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Whether a condition holds of a request for a value, as far as this can be told: every such request
 * goes by way of TLS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
 */
export function conditionHolds(condition: unknown): 'yes' | 'no' | 'unknown' {
  if (!isObject(condition)) return condition === undefined ? 'yes' : 'unknown';
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries((keys as object | null) ?? { '': null }).map(([key, value]) => {
      const isTold = /^Bool(?:IfExists)?$/.test(operator) && /^aws:SecureTransport$/i.test(key);
      if (!isTold) return 'unknown';
      return listOf(value).some((one) => String(one).toLowerCase() === 'true') ? 'yes' : 'no';
    }),
  );
  if (tests.includes('no')) return 'no';
  return tests.includes('unknown') ? 'unknown' : 'yes';
}

function rulesOf(statement: AwsStatement): CloudRule[] {
  const holds = conditionHolds(statement.Condition);
  if (holds === 'no') return [];
  const allowed = principalsOf(statement.Principal);
  const others = principalsOf(statement.NotPrincipal);
  return awsReadActions
    .filter((action) => isAbout(statement, action))
    .map((action) => {
      const named = resourcePattern(statement.Resource, action);
      const left = resourcePattern(statement.NotResource, action);
      return {
        pattern: named?.pattern ?? '.*',
        other_than: left?.pattern ?? null,
        applies_to: action,
        effect: statement.Effect === 'Allow' ? 'allow' : 'deny',
        conditional: holds === 'unknown' || [named, left].some((one) => one?.hasVariable === true),
        principals: statement.NotPrincipal === undefined ? allowed : ['*'],
        other_principals: others ?? [],
      };
    });
}

/** An account is called by its root, whichever way the policy does; services are nobody here. */
function principalsOf(element: unknown): string[] | null {
  if (element === undefined) return null;
  if (element === '*') return ['*'];
  if (!isObject(element)) return [];
  return listOf((element as { AWS?: unknown }).AWS)
    .map((one) => String(one).replace(/^(\d{12})$/, 'arn:aws:iam::$1:root'))
    .sort();
}

/**
 * Resources as a pattern: `*` and `?` are any text and any one letter, a variable is a text that this
 * cannot tell, and an ARN that ends early goes on with anything. Who may get a path gets what is below.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function resourcePattern(
  element: unknown,
  action: string,
): { pattern: string; hasVariable: boolean } | null {
  if (element === undefined) return null;
  const below = action === 'ssm:GetParametersByPath' ? '(?:/.*)?' : '';
  const resources = listOf(element).map(String);
  const patterns = resources.map((resource) => {
    const parts = resource.split(':');
    const missing = parts[0] === 'arn' ? Math.max(0, 6 - parts.length) : 0;
    return globSource(resource + ':*'.repeat(missing)) + below;
  });
  return {
    pattern: patterns.length === 1 ? String(patterns[0]) : `(?:${patterns.sort().join('|')})`,
    hasVariable: resources.some((one) => variable.test(one)),
  };
}

/** `${*}`, `${?}` and `${$}` are the letters themselves. */
const variable = /\$\{(?![*?$]\})[^}]*\}/;

function globPattern(glob: string, flags: string): RegExp {
  return new RegExp(`^(?:${globSource(glob)})$`, flags);
}

/** A pattern of IAM as a regular expression that DuckDB and JavaScript read alike. */
function globSource(glob: string): string {
  return glob.replace(/\$\{[*?$]\}|\$\{[^}]*\}|[\s\S]/g, (part) => {
    if (part === '*' || variable.test(part)) return '.*';
    if (part === '?') return '.';
    const letter = part.length > 1 ? part.charAt(2) : part;
    return /[\w\-:/@=,]/.test(letter) ? letter : `\\${letter}`;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
