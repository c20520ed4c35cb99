/** The parts of an answer about a holder that a person can write by hand. */
export interface HolderTruth {
  holder: string;
  canonical: string;
  versions: string[];
  exposures: Record<string, unknown>[];
  rotation: Record<string, unknown>[];
  tokens: Record<string, unknown>[];
}

/** What `custody blast-radius --holder --format json` says, as far as it is written by hand. */
export interface HolderAnswer {
  question: { holder: string };
  versions: { version: string }[];
  exposures: {
    via: string;
    observed: boolean;
    holder: { name: string };
    path: string;
    version: string;
    first_at: string;
    last_at: string | null;
  }[];
  rotation: Record<string, unknown>[];
  tokens: {
    kind: string;
    token: string;
    issued_to: string;
    issued_at: string;
    depth: number;
    grade: string;
  }[];
}

/**
 * An answer of `custody blast-radius --holder`, in the words of a `<story>.holders.yaml`: times to the
 * second, and a provider session, whose name is a hash, by the time of its login.
 */
export function holderWords(answer: HolderAnswer, asked: string): HolderTruth {
  const second = (time: string | null) => time?.replace(/\.\d+Z$/, 'Z') ?? null;
  const made = new Map(answer.tokens.map(({ token, issued_at }) => [token, second(issued_at)]));
  const viaOf = (via: string) =>
    via.startsWith('token:') ? `token of ${made.get(via.slice('token:'.length))}` : via;
  return {
    holder: asked,
    canonical: answer.question.holder,
    versions: answer.versions.map(({ version }) => version),
    exposures: answer.exposures.map((one) => ({
      via: viaOf(one.via),
      observed: one.observed,
      holder: one.holder.name,
      path: one.path,
      version: one.version,
      from: second(one.first_at),
      until: second(one.last_at),
    })),
    rotation: answer.rotation.map(({ version, observed, current, grade, open, other_holders }) => ({
      version,
      observed,
      current,
      grade,
      open,
      other_holders,
    })),
    tokens: answer.tokens.map(({ kind, token, issued_to, issued_at, depth, grade }) => ({
      kind,
      ...(kind === 'provider_session' ? {} : { token }),
      issued_to,
      issued: second(issued_at),
      depth,
      grade,
    })),
  };
}
