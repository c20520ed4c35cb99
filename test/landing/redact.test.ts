import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprint, fingerprintsOfValue } from '../../src/landing/fingerprint.ts';
import { scanRows, sourceOf, testKeys } from '../helpers/scan-rows.ts';

const folder = new URL('cases/redact/', import.meta.url);
const redacted = /redacted:hmac-sha256:[0-9a-f]{64}/g;

/** Tokens of known forms, put together here so that no scanner of repositories takes one for real. */
const tokens: Readonly<Record<string, string>> = {
  hvs: `hvs.${'CAESIexample0'.repeat(3)}`,
  vs: `vs.${'CAESIexample0'.repeat(3)}`,
  legacy: `s.${'exampleToken'.repeat(2)}`,
  jwt: ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJleGFtcGxlIn0', 'c2lnbmF0dXJl'].join('.'),
  ghp: `ghp_${'example0'.repeat(5)}`,
  pat: `github_pat_${'example_0'.repeat(5)}`,
  glpat: `glpat-${'example-'.repeat(3)}`,
  xoxb: `xoxb-${'1234-example'.repeat(2)}`,
  sk: `sk_${'live'}_${'example0'.repeat(3)}`,
  pem: ['-----BEGIN RSA', 'PRIVATE KEY-----\\nMIIexample\\n-----END RSA', 'PRIVATE KEY-----'].join(
    ' ',
  ),
};

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const marked = text.replace(/\{(\w+)\}/g, (all, token: string) => tokens[token] ?? all);
    return { name, source: name.split('.')[0] ?? '', marked: marked.trimEnd() };
  });

describe('redaction', () => {
  it.each(cases)('$name: exactly what stands in «»', ({ source, marked }) => {
    const line = marked.replace(/[«»]/g, '');
    const [row] = scanRows(`${line}\n`, { source: sourceOf(source) }).rows;
    const secrets = [...marked.matchAll(/«([^»]*)»/g)].map((match) => match[1]);
    const stored = Buffer.from(row?.stored ?? row?.bytes ?? '', 'latin1');
    expect(row?.reason).toBeUndefined();
    expect(
      stored
        .toString()
        .replace(redacted, '«»')
        .replace(/(?<=[:\s])\\?"«»\\?"/g, '«»'),
    ).toBe(marked.replace(/«[^»]*»/g, '«»').replace(/(?<=[:\s])\\?"«»\\?"/g, '«»'));
    const lineBytes = Buffer.from(line);
    const replaced = (row?.redactions ?? []).map(({ sourceStart, sourceLength }) =>
      lineBytes.toString('utf8', sourceStart, sourceStart + sourceLength),
    );
    expect(replaced).toEqual(secrets);
  });

  it.each(cases)('$name: every other byte is as it was', ({ source, marked }) => {
    const line = Buffer.from(marked.replace(/[«»]/g, ''));
    const [row] = scanRows(Buffer.concat([line, Buffer.from('\n')]), {
      source: sourceOf(source),
    }).rows;
    const stored = Buffer.from(row?.stored ?? row?.bytes ?? '', 'latin1');
    const pieces: Buffer[] = [];
    let at = 0;
    for (const { start, length, sourceStart, sourceLength } of row?.redactions ?? []) {
      pieces.push(
        stored.subarray(at, start),
        line.subarray(sourceStart, sourceStart + sourceLength),
      );
      at = start + length;
    }
    expect(Buffer.concat([...pieces, stored.subarray(at)]).toString()).toBe(line.toString());
  });
});

describe('a planted value', () => {
  const value = 'p@ss w/+rd"é\\1=';
  const json = (text: string): string => JSON.stringify(text).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64');
  const url = encodeURIComponent(value);
  const event = (more: string): string => `{"kind":"Event","verb":"create",${more}}`;
  const secrets = '"objectRef":{"resource":"secrets"},"requestObject"';
  const lastApplied = JSON.stringify({ kind: 'Secret', stringData: { a: value } });

  it.each([
    ['in a Secret', 'k8s_audit', event(`${secrets}:{"data":{"a":"${base64}"}}`)],
    [
      'in a Secret, with a line end',
      'k8s_audit',
      event(`${secrets}:{"data":{"a":"${Buffer.from(`${value}\n`).toString('base64')}"}}`),
    ],
    ['in stringData', 'k8s_audit', event(`${secrets}:{"stringData":{"a":"${json(value)}"}}`)],
    [
      'in an annotation',
      'k8s_audit',
      event(`"requestObject":{"metadata":{"annotations":{"l":${JSON.stringify(lastApplied)}}}}`),
    ],
    [
      'in an annotation of an annotation',
      'k8s_audit',
      event(`"annotations":{"x":${JSON.stringify(JSON.stringify({ y: lastApplied }))}}`),
    ],
    ['in a URL', 'k8s_audit', event(`"requestURI":"/x?token=${url}&a=b"`)],
    ['in the user part of a URL', 'k8s_audit', event(`"userAgent":"https://u:${url}@host/"`)],
    [
      'in a raw Vault line',
      'vault_audit',
      `{"time":"t","type":"response","response":{"data":{"data":{"k":"${json(value)}"}}}}`,
    ],
    [
      'in a raw Vault line, base64',
      'vault_audit',
      `{"time":"t","type":"response","response":{"data":{"k":"${base64}"}}}`,
    ],
  ])('%s survives in no form and is found by its fingerprint', (_, source, line) => {
    const [row] = scanRows(`${line}\n`, { source: sourceOf(source) }).rows;
    const stored = Buffer.from(row?.stored ?? '', 'latin1').toString();
    for (const form of [value, base64, url, json(value), json(json(value))]) {
      expect(stored).not.toContain(form);
    }
    const known = row?.redactions?.flatMap((each) => each.fingerprints) ?? [];
    expect(known).toContain(fingerprint(testKeys, Buffer.from(value)));
    const found = fingerprintsOfValue(testKeys, Buffer.from(value));
    expect(known.some((each) => found.includes(each))).toBe(true);
    expect(stored).toMatch(redacted);
  });

  it('is found from its base64 form and with a line end as well', () => {
    const plain = fingerprint(testKeys, Buffer.from(value));
    expect(fingerprintsOfValue(testKeys, Buffer.from(`${value}\n`))).toContain(plain);
    expect(fingerprintsOfValue(testKeys, Buffer.from(`${base64}\n`))).toContain(plain);
  });
});
