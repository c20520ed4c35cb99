import { describe, expect, it } from 'vitest';
import { readVaultPolicy } from '../../src/sources/provider_objects/vault-policy.ts';

const read = (path: string) => ({ path, capabilities: ['read'], conditions: [] });

describe('readVaultPolicy', () => {
  it.each([
    ['an empty one', '', []],
    ['comments of each kind', '# a\n// b\n/* c\n path "x" {} */\n', []],
    [
      'a block on one line',
      'path "secret/data/a" { capabilities = ["read"] }',
      [read('secret/data/a')],
    ],
    [
      'blocks one after the other, with a trailing comma',
      'path "a" {\n  capabilities = ["read", "list",]\n}\npath "b/*" { capabilities = [] }',
      [
        { path: 'a', capabilities: ['list', 'read'], conditions: [] },
        { path: 'b/*', capabilities: [], conditions: [] },
      ],
    ],
    ['the name of the policy', 'name = "x"\npath "a" { capabilities = ["read"] }', [read('a')]],
    [
      'the form of old policies',
      'path "a" { policy = "read" }',
      [{ path: 'a', capabilities: ['list', 'read'], conditions: [] }],
    ],
    ['a slash at the beginning', 'path "/a" { capabilities = ["read"] }', [read('a')]],
    ['an escaped quote', 'path "a\\"b" { capabilities = ["read"] }', [read('a"b')]],
    ['a hash and braces in a text', 'path "a/#{}" { capabilities = ["read"] }', [read('a/#{}')]],
    [
      'parameters of writes',
      'path "a" { capabilities = ["read"] allowed_parameters = { "k" = ["x", 1, true] "*" = [] } }',
      [read('a')],
    ],
    [
      'what else a read needs',
      'path "a" { capabilities = ["read"]\n min_wrapping_ttl = "1s"\n mfa_methods = ["m"]\n control_group = { factor "f" { identity { approvals = 1 } } } }',
      [
        {
          path: 'a',
          capabilities: ['read'],
          conditions: ['control_group', 'mfa_methods', 'min_wrapping_ttl'],
        },
      ],
    ],
    [
      'JSON',
      '{"path":{"a":{"capabilities":["read"]},"b":{"policy":"deny"}}}',
      [read('a'), { path: 'b', capabilities: ['deny'], conditions: [] }],
    ],
    ['JSON with lists', '{"path":[{"a":[{"capabilities":["read"]}]}]}', [read('a')]],
    ['JSON without a path', '{}', []],
  ])('reads %s', (_what, text, rules) => {
    expect(readVaultPolicy(text)).toEqual(rules);
  });

  it.each([
    ['a block that is cut off', 'path "a" { capabilities = ["read"]'],
    ['a list that is cut off', 'path "a" { capabilities = ["read"'],
    ['a text that is cut off', 'path "a'],
    ['a list without commas', 'path "a" { capabilities = ["read" "list"] }'],
    ['capabilities that are no list', 'path "a" { capabilities = "read" }'],
    ['capabilities that are no texts', 'path "a" { capabilities = [1] }'],
    ['a block of another kind', 'resource "a" { capabilities = ["read"] }'],
    ['a value that is none', 'path "a" { capabilities = read }'],
    ['text behind the last block', 'path "a" { capabilities = ["read"] } }'],
    ['JSON that is cut off', '{"path":{"a":'],
    ['JSON of another form', '{"path":7}'],
    ['a heredoc', 'path "a" { capabilities = <<EOF\nread\nEOF\n}'],
  ])('takes nothing from %s', (_what, text) => {
    expect(readVaultPolicy(text)).toBeNull();
  });
});
