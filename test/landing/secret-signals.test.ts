import { describe, expect, it } from 'vitest';
import { redactRecord } from '../../src/landing/redact.ts';
import { mayHoldToken } from '../../src/landing/secret-triggers.ts';
import { scanRows, sourceOf, testKeys } from '../helpers/scan-rows.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const random = seededRandom(99);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Pieces of which secrets, and what looks like them, are made. */
const pieces = [
  ...['hvs.', 'hvb.', 's.', 'b.', 'eyJ', 'ghp_', 'ghs_', 'github_pat_', 'glpat-', 'xoxb-', 'xapp-'],
  ...[
    `sk_${'live'}_`,
    '-----BEGIN',
    ' RSA PRIVATE',
    ' KEY-----',
    '-----END',
    'Bearer ',
    'bearer%20',
    'BEARER+',
  ],
  ...[
    'Basic dTpw',
    'dXNlcjpw',
    '://',
    'https://u:',
    'p@',
    '@h',
    '?token=',
    '&password%3D',
    'secret = ',
    'api_key=',
  ],
  ...[
    'abcdefgh12345678',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
    '.',
    '-',
    '_',
    '=',
    '%',
    '&',
    ' ',
    '/',
    '"',
    '\n',
    'é',
    '\\',
  ],
  ...[
    '{"token":"x"}',
    '{"kind":"Secret","data":{"a":"eHl6"}}',
    '{"env":[{"name":"A_TOKEN","value":"v"}]}',
  ],
];
const keys = [
  'token',
  'password',
  'clientSecret',
  'aws_secret_access_key',
  'name',
  'value',
  'kind',
  'data',
];
keys.push(
  'stringData',
  'requestObject',
  'responseObject',
  'objectRef',
  'resource',
  'env',
  'path',
  'accessor',
);

function randomText(): string {
  return Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(pieces)).join('');
}

function randomValue(depth: number): unknown {
  if (depth === 0 || random() < 0.4) {
    return pick<() => unknown>([
      randomText,
      randomText,
      () => 'Secret',
      () => 'secrets',
      () => 7,
      () => '',
    ])();
  }
  if (random() < 0.25) return JSON.stringify(randomValue(depth - 1));
  if (random() < 0.3) return [randomValue(depth - 1), randomValue(depth - 1)];
  return Object.fromEntries([pick(keys), pick(keys)].map((key) => [key, randomValue(depth - 1)]));
}

/** The same JSON with some letters written as escapes. */
function escaped(json: string): string {
  return json.replace(/[A-Za-z.=/]/g, (letter, at: number) => {
    const isEscape =
      json[at - 1] === '\\' || /\\u[0-9a-f]{0,3}$/.test(json.slice(Math.max(0, at - 5), at));
    if (random() > 0.01 || isEscape || !json.startsWith('{')) return letter;
    return `\\u00${letter.charCodeAt(0).toString(16)}`;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the fast pass', () => {
  it.each([
    [
      'k8s_audit',
      () => ({
        kind: 'Event',
        verb: 'create',
        objectRef: randomValue(1),
        requestObject: randomValue(4),
      }),
    ],
    [
      'k8s_objects',
      () => ({
        apiVersion: 'v1',
        kind: pick(['Secret', 'Pod']),
        metadata: randomValue(2),
        spec: randomValue(3),
      }),
    ],
    [
      'vault_audit',
      () => ({
        time: 't',
        type: 'response',
        auth: randomValue(1),
        request: { data: randomValue(2), path: randomText() },
        response: randomValue(3),
      }),
    ],
  ])('sends every record of %s with a secret to the exact pass', (id, make) => {
    const missed: string[] = [];
    let redacted = 0;
    for (let round = 0; round < 6000; round += 1) {
      const line = random() < 0.5 ? JSON.stringify(make()) : escaped(JSON.stringify(make()));
      if (!isJson(line)) continue;
      const source = sourceOf(id);
      const exact = redactRecord(Buffer.from(line), source, testKeys);
      const row = scanRows(`${line}\n`, { source }).rows[0];
      if (exact !== null) redacted += 1;
      if (row?.reason !== undefined) continue;
      if ((exact?.stored.toString('latin1') ?? undefined) !== row?.stored) missed.push(line);
    }
    expect(missed.slice(0, 3)).toEqual([]);
    expect(redacted).toBeGreaterThan(500);
  });

  it.each([
    ['eyJ', 'eyJ'.repeat(3_000_000)],
    ['@', '@'.repeat(8_000_000)],
    ['://a:', '://a:'.repeat(1_000_000)],
    ['password =', 'password = '.repeat(100_000)],
    ['-----BEGIN', `-----BEGIN ${'A '.repeat(3_000_000)}`],
    ['\\"', '\\"'.repeat(3_000_000)],
    ['[', `[\\"${'[\\\\\\"'.repeat(500_000)}`],
  ])('takes time in proportion to a hostile text of %s', (_, text) => {
    // Its own seconds, not those that it waited for the machine.
    const begun = process.cpuUsage();
    scanRows(
      `{"kind":"Event","verb":"get","x":"${text}"}\n{"kind":"Event","verb":"get","x":"${text} hvs.abcdefghijkl"}\n`,
    );
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(15_000);
  });
});

describe('the look at a line of text', () => {
  it('misses no token that the exact look finds', () => {
    const source = sourceOf('conjur');
    let found = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const line = Buffer.from(`<86>1 ${randomText().replaceAll('\n', ' ')}`);
      if (redactRecord(line, source, testKeys) === null) continue;
      found += 1;
      expect({ line: line.toString(), may: mayHoldToken(line) }).toEqual({
        line: line.toString(),
        may: true,
      });
    }
    expect(found).toBeGreaterThan(2000);
  });
});
