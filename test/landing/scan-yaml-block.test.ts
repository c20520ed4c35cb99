import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ScannedRow, scanRows, sourceOf } from '../helpers/scan-rows.ts';

const options = { source: sourceOf('k8s_objects'), format: 'yaml' as const };
const scan = (text: string | Buffer, blockBytes?: number): ScannedRow[] =>
  scanRows(text, options, blockBytes).rows;
const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a';

describe('a YAML stream', () => {
  it('is cut into its documents, marks included', () => {
    const stream = `# licence\n---\n${pod}\n\n---\r\n${pod}\n---\nkind: x\n---\n- 1\n---\na: [\n`;
    const expected = [
      { position: 0, kind: 'envelope', bytes: '# licence', flags: [] },
      { position: 10, kind: 'record', bytes: `---\n${pod}`, flags: [] },
      { position: 60, kind: 'record', bytes: `---\r\n${pod}`, flags: [] },
      {
        position: 110,
        kind: 'record',
        bytes: '---\nkind: x',
        reason: 'not_k8s_objects',
        flags: [],
      },
      { position: 122, kind: 'record', bytes: '---\n- 1', reason: 'not_an_object', flags: [] },
      { position: 130, kind: 'record', bytes: '---\na: [', reason: 'not_yaml', flags: [] },
    ];
    expect(scan(stream)).toEqual(expected);
    for (const size of [1, 9, 50, 64]) expect(scan(stream, size)).toEqual(expected);
  });

  it('quarantines what YAML cannot hold, and flags equal keys', () => {
    const invalid = Buffer.concat([Buffer.from(`${pod}\nx: `), Buffer.from([0xff, 10])]);
    expect(scan(invalid).map((row) => row.reason)).toEqual(['invalid_utf8']);
    expect(scan(`${pod}\nx: "\0"\n`).map((row) => row.reason)).toEqual(['control_character']);
    expect(scan(`${pod}\nkind: Pod\n`).map((row) => row.flags)).toEqual([['duplicate_key']]);
    expect(scan(`${pod}\nx: ${'['.repeat(20_000)}\n`).map((row) => row.reason)).toEqual([
      'not_yaml',
    ]);
  });

  it('does not unfold aliases of aliases', () => {
    const laughs = Array.from({ length: 40 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}]`);
    const begun = performance.now();
    expect(scan(`${pod}\nl0: &l0 [lol]\n${laughs.join('\n')}\n`)[0]?.reason).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('redaction in YAML', () => {
  const vaultToken = `hvs.${'CAESIexample0'.repeat(3)}`;
  const document = [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    '  name: é # keep ', // a character of two bytes before everything that is replaced
    '  annotations:',
    '    kubectl.kubernetes.io/last-applied-configuration: |',
    '      {"apiVersion":"v1","kind":"Secret","stringData":{"a":"hunter\\"2","keep":null}}',
    `# a comment with ${vaultToken} in it`,
    'data:',
    '  a: aHVudGVyMg==',
    "  b: 'cGFzcw=='",
    '  c: "dG9rZW4="',
    '  d: |',
    '    bXVsdGk=',
    '    bGluZQ==',
    '  e: >-',
    '    Zm9sZGVk',
    '  f: &anchored YW5jaG9y',
    'stringData: {pin: 1234, g: *anchored, h: "é\\u0041"}',
    'type: Opaque',
    '',
  ].join('\n');
  const row = scan(document)[0];
  const stored = Buffer.from(row?.stored ?? '', 'latin1').toString();

  it('replaces every form of scalar, and comments', () => {
    const gone = [
      'aHVudGVyMg',
      'cGFzcw',
      'dG9rZW4',
      'bXVsdGk',
      'bGluZQ',
      'Zm9sZGVk',
      'YW5jaG9y',
      '1234',
    ];
    for (const secret of [...gone, 'hunter', 'é\\u0041', vaultToken])
      expect(stored).not.toContain(secret);
    expect(stored).toContain('# keep');
    expect(stored).toContain('\\"keep\\":null'.replaceAll('\\', ''));
  });

  it('leaves YAML that says the same but for the secrets', () => {
    const value = parse(stored) as { data: object; stringData: object; metadata: { name: string } };
    expect(Object.keys(value)).toEqual(Object.keys(parse(document) as object));
    expect(value.metadata.name).toBe('é');
    for (const secret of Object.values({ ...value.data, ...value.stringData })) {
      expect(String(secret).trim()).toMatch(/^redacted:hmac-sha256:[0-9a-f]{64}$/);
    }
  });

  it('leaves every other byte', () => {
    const source = Buffer.from(document.trimEnd());
    const bytes = Buffer.from(row?.stored ?? '', 'latin1');
    const pieces: Buffer[] = [];
    let at = 0;
    for (const { start, length, sourceStart, sourceLength } of row?.redactions ?? []) {
      pieces.push(
        bytes.subarray(at, start),
        source.subarray(sourceStart, sourceStart + sourceLength),
      );
      at = start + length;
    }
    expect(Buffer.concat([...pieces, bytes.subarray(at)]).toString()).toBe(source.toString());
  });
});
