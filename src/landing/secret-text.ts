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
  /gh[pousr]_[A-Za-z0-9]{16,}/g,
  /github_pat_[A-Za-z0-9_]{16,}/g,
  /glpat-[A-Za-z0-9_.-]{16,}/g,
  /xox[a-s]-[A-Za-z0-9-]{10,}/g,
  /xapp-[A-Za-z0-9-]{10,}/g,
  /[sr]k_live_[A-Za-z0-9]{10,}/g,
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*$)/g,
];

/**
 * `Bearer <token>` (RFC 6750) and `Basic <base64 of user:password>`; where a URL writes the space as
 * `+` or `%20`, it ends the token too.
 */
const authorizationPattern =
  /(bearer|basic)(?:\s+([A-Za-z0-9._~+/=-]{8,})|(?:%20|\+)+((?:[A-Za-z0-9._~/=-]|%2[BF]|%3D){8,}))/gi;

const base64UrlPattern = /[A-Za-z0-9_.-]{12,}/g;

/** The password of `scheme://user:password@host`. */
const userInfoPattern = /:\/\/[^\s/?#"'<>@:]*:([^\s/?#"'<>]*)@/gi;

const secretNames =
  'token|password|passwd|passphrase|pwd|secret|jwt|api[-_]?key|access[-_]?key|private[-_]?key|' +
  'secret[-_]?key|signature|[?&]sig|[?&]key|[?&]pass|[?&]auth|credentials?';

/** `name=value` where the name says that the value is secret. */
const parameterPattern = new RegExp(
  `(?:${secretNames})[ \\t]{0,8}=[ \\t]{0,8}([^&\\s"'#;<>=][^&\\s"'#;<>]*)`,
  'gi',
);

/** The same inside a command in a URL: a word of a shell, or what stands in its quotes. */
const encodedParameterPattern = new RegExp(
  `(?:${secretNames})%3D(?:%22((?:(?!%22)[^&\\s"])+)|%27((?:(?!%27)[^&\\s"])+)|` +
    `((?:(?!%2[0267]|%0|%3[BCE]|%7C)[^&\\s"'#;<>+])+))`,
  'gi',
);

/** A value that says where a secret is, not what it is. */
const referencePattern = /^(?:\$[({A-Za-z_]|true$|false$|null$|redacted:|hmac-sha256:)/;

/**
 * Something that each of the patterns needs. Most texts of a log hold none of it, and one look is a
 * fraction of what all the patterns cost.
 */
const neededPattern =
  /=|%3D|:\/\/|eyJ|bearer|basic|hv[sbr]\.|(?<![A-Za-z0-9_.-])[sbr]\.|gh[pousr]_|github_pat_|glpat-|xox[a-s]-|xapp-|[sr]k_live_|-----BEGIN /i;

/** The secrets in one text, in order, none overlapping. */
export function secretsInText(text: string): SecretPart[] {
  if (!neededPattern.test(text)) return [];
  const parts: SecretPart[] = [];
  for (const pattern of tokenPatterns) {
    for (const match of text.matchAll(pattern)) addPart(parts, match.index, match[0]);
  }
  for (const match of text.matchAll(base64UrlPattern)) addWebToken(parts, match.index, match[0]);
  for (const match of text.matchAll(authorizationPattern)) {
    const [all, scheme = '', plain, encoded] = match;
    const secret = plain ?? encoded ?? '';
    if (isCredential(scheme, secret)) addPart(parts, match.index, all, secret);
  }
  for (const match of text.matchAll(userInfoPattern)) {
    addPart(parts, match.index, match[0].slice(0, -1), match[1]);
  }
  for (const match of text.matchAll(parameterPattern)) {
    addPart(parts, match.index, match[0], match[1]);
  }
  for (const match of text.matchAll(encodedParameterPattern)) {
    addPart(parts, match.index, match[0], match[1] ?? match[2] ?? match[3]);
  }
  return merged(parts, text);
}

/**
 * A JSON Web Token, signed (RFC 7515) or encrypted (RFC 7516), in a run of its letters: three to
 * five parts, the first of which is base64url of `{"`. No pattern finds it in linear time.
 */
function addWebToken(parts: SecretPart[], index: number, run: string): void {
  const start = run.indexOf('eyJ');
  if (start < 0) return;
  const segments = run.slice(start).split('.', 6);
  if (segments.length < 3 || (segments[0]?.length ?? 0) < 7 || segments[1] === '') return;
  const token = segments.slice(0, 5).join('.').replace(/\.+$/, '');
  addPart(parts, index, run.slice(0, start) + token, token);
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
  const bytes = Buffer.from(text)
    .toString('latin1')
    .replace(/%[0-9A-Fa-f]{2}/g, (escaped) =>
      String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
    );
  return Buffer.from(bytes, 'latin1').toString();
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
