import { describe, expect, it } from 'vitest';
import { yamlToJson } from '../../src/normalise/yaml-to-json.ts';

describe('yamlToJson', () => {
  it.each([
    ['a: 1', '{"a":1}'],
    ['- objectName: api\n  filePermission: 0640', '[{"objectName":"api","filePermission":416}]'],
    ['a: 1\n---\nb: 2\n', '[{"a":1},{"b":2}]'],
    ['a: 2026-03-02T10:00:00Z', '{"a":"2026-03-02T10:00:00Z"}'],
    ['a: &x [1]\nb: *x', '{"a":[1],"b":[1]}'],
    ['a: 1\na: 2', '{"a":2}'],
    ['plain', '"plain"'],
  ])('reads %j as %s', (yaml, json) => {
    expect(yamlToJson(yaml)).toBe(json);
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# nothing'],
    ['what is no YAML', 'a: ['],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}`,
    ],
  ])('gives null for %s', (_name, yaml) => {
    expect(yamlToJson(yaml)).toBeNull();
  });
});
