import { conditionHolds, isAbout, listOf, statementsOf } from './aws-policy.ts';

/** Who may become an identity of a provider by a token of a service account. */
export interface AccountTrust {
  /** What vouches for the account: an issuer of tokens, as logins name it. */
  auth_mount: string | null;
  /** `system:serviceaccount:<namespace>:<name>`, with `*` and `?` for any text and any one letter. */
  subject: string;
  /** Something else has to hold as well, which is not evaluated. */
  conditional: boolean;
}

const action = 'sts:AssumeRoleWithWebIdentity';
const operators = /^(?:ForAnyValue:|ForAllValues:)?(StringEquals|StringLike)(?:IfExists)?$/;

/**
 * Which service accounts a role's trust policy lets in by their tokens. What a policy asks of the
 * audience is no condition: an account gets a token for any audience it names.
 *
 * Null where the text is no policy.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export function readAwsTrust(text: string): AccountTrust[] | null {
  const statements = statementsOf(text)?.filter((statement) => isAbout(statement, action));
  if (statements === undefined) return null;
  const isDenied = statements.some(({ Effect }) => Effect === 'Deny');
  return statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Principal, Condition }) =>
      issuersOf(Principal).flatMap((issuer) => {
        const { subjects, others } = conditionOf(Condition, issuer);
        const conditional = isDenied || conditionHolds(others) !== 'yes';
        return subjects.map((subject) => ({ auth_mount: issuer, subject, conditional }));
      }),
    )
    .filter(({ subject }) => /^(?:system:serviceaccount:|system:\*|\*)/.test(subject));
}

function issuersOf(principal: unknown): string[] {
  const { Federated } = (principal ?? {}) as { Federated?: unknown };
  return listOf(Federated).flatMap((arn) => /:oidc-provider\/(.+)$/.exec(String(arn))?.[1] ?? []);
}

/** What a condition asks of the subject, and the rest of it. A trust that asks nothing lets all in. */
function conditionOf(condition: unknown, issuer: string): { subjects: string[]; others: object } {
  const others: Record<string, unknown> = {};
  let subjects: string[] | null = null;
  for (const [operator, keys] of Object.entries((condition ?? {}) as object)) {
    const comparison = operators.exec(operator)?.[1];
    for (const [key, value] of Object.entries((keys as object | null) ?? {})) {
      const isOfIssuer = comparison && key.toLowerCase().startsWith(`${issuer}:`.toLowerCase());
      const asked = isOfIssuer ? key.slice(issuer.length + 1) : '';
      // To StringEquals a `*` is a letter, which no account's name has.
      const isWild = comparison === 'StringLike';
      if (asked === 'sub' && subjects === null) {
        subjects = listOf(value)
          .map(String)
          .filter((one) => isWild || !/[*?]/.test(one));
      } else if (asked !== 'aud') others[operator] = { ...(others[operator] ?? {}), [key]: value };
    }
  }
  return { subjects: subjects ?? ['system:serviceaccount:*'], others };
}
