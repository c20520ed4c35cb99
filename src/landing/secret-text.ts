/** A secret inside a text: `from` to `to` of its characters, and what it is known by. */
export interface SecretPart {
  from: number;
  to: number;
  /** The secret itself first, then other forms it may be looked up by. */
  values: string[];
}

/**
 * Tokens that can be told by their form alone. AWS access key ids are identifiers, not secrets:
 * they stay.
 */
const tokenPatterns: readonly RegExp[] = [
  // Vault and OpenBao: service, batch and recovery tokens, and the service tokens before 1.10.
  /hv[sbr]\.[A-Za-z0-9_-]{8,}/g,
  /(?<![A-Za-z0-9_.-])[sbr]\.[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9]{5})?/g,
  // JSON Web Token, signed or encrypted (RFC 7515, RFC 7516).
  /eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,2}/g,
  /gh[pousr]_[A-Za-z0-9]{16,}/g,
  /github_pat_[A-Za-z0-9_]{16,}/g,
  /glpat-[A-Za-z0-9_.-]{16,}/g,
  /xox[a-s]-[A-Za-z0-9-]{10,}/g,
  /xapp-[A-Za-z0-9-]{10,}/g,
  /[sr]k_live_[A-Za-z0-9]{10,}/g,
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*$)/g,
];

/** `Bearer <token>` and `Basic <base64 of user:password>`, spaces as a URL writes them too. */
const authorizationPattern = /(bearer|basic)(?:\s|%20|\+)+([^\s"',;<>]{8,})/gi;

/** The password of `scheme://user:password@host`. */
const userInfoPattern = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#"'<>@:]*:([^\s/?#"'<>]*)@/gi;

/** `name=value` where the name says that the value is secret; `=` may be percent-encoded. */
const parameterPattern =
  /(?:token|password|passwd|passphrase|pwd|secret|jwt|api[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key|signature|[?&]sig|[?&]key|[?&]pass|[?&]auth|credentials?)(?:[ \t]{0,8}=[ \t]{0,8}|%3D)([^&\s"'#;<>=][^&\s"'#;<>]*)/gi;

/** A value that says where a secret is, not what it is. */
const referencePattern = /^(?:\$[({A-Za-z_]|true$|false$|null$|redacted:|hmac-sha256:)/;

/** The secrets in one text, in order, none overlapping. */
export function secretsInText(text: string): SecretPart[] {
  const parts: SecretPart[] = [];
  for (const pattern of tokenPatterns) {
    for (const match of text.matchAll(pattern)) addPart(parts, match.index, match[0]);
  }
  for (const match of text.matchAll(authorizationPattern)) {
    const [all, scheme = '', secret = ''] = match;
    if (isCredential(scheme, secret)) addPart(parts, match.index, all, secret);
  }
  for (const match of text.matchAll(userInfoPattern)) {
    addPart(parts, match.index, match[0].slice(0, -1), match[1]);
  }
  for (const match of text.matchAll(parameterPattern)) {
    addPart(parts, match.index, match[0], match[1]);
  }
  return merged(parts, text);
}

/** Not the next word of a sentence about bearer tokens or basic authentication. */
function isCredential(scheme: string, secret: string): boolean {
  if (/^bearer$/i.test(scheme)) return /[0-9._~+/=-]/.test(secret);
  return Buffer.from(percentDecoded(secret), 'base64').includes(58);
}

/** The secret stands at the end of what matched. */
function addPart(parts: SecretPart[], index: number, match: string, secret = match): void {
  if (secret === '' || referencePattern.test(secret)) return;
  const from = index + match.length - secret.length;
  parts.push({ from, to: from + secret.length, values: valueForms(secret) });
}

/** A value as it stands and with its percent-encoding undone, that first. */
function valueForms(secret: string): string[] {
  const forms = [secret];
  if (secret.includes('%')) forms.unshift(percentDecoded(secret));
  // A list of parameters goes on behind a comma.
  const first = secret.split(/,|%2C/i)[0] ?? '';
  if (first !== '' && first !== secret) forms.push(first, percentDecoded(first));
  if (secret.includes('+')) forms.push(percentDecoded(secret.replaceAll('+', ' ')));
  return forms;
}

function percentDecoded(text: string): string {
  const bytes = text.replace(/%[0-9A-Fa-f]{2}/g, (escaped) =>
    String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
  );
  const hasWide = [...text].some((letter) => letter.charCodeAt(0) > 127);
  return hasWide ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function merged(parts: SecretPart[], text: string): SecretPart[] {
  const ordered = parts.sort((left, right) => left.from - right.from || right.to - left.to);
  const result: SecretPart[] = [];
  for (const part of ordered) {
    const last = result.at(-1);
    if (last === undefined || part.from >= last.to) {
      result.push(part);
      continue;
    }
    if (part.to > last.to) {
      last.to = part.to;
      last.values.unshift(text.slice(last.from, last.to));
    }
    last.values.push(...part.values);
  }
  return result;
}
