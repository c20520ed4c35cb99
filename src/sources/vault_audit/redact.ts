import {
  atPath,
  holdsText,
  type MarkSecret,
  type PositionedNode,
  visitNodes,
} from '../../landing/positioned-tree.ts';
import { timePattern } from '../../landing/secret-triggers.ts';
import type { RedactionRules } from '../source.ts';

const tokenKeys = ['client_token', 'accessor', 'client_token_accessor'];
const wrapKeys = ['token', 'accessor', 'wrapped_accessor'];
const secretHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-vault-token',
  'x-vault-unwrap-token',
  'x-vault-mfa',
  'x-amz-security-token',
  'x-api-key',
]);
const listOperations = ['list', 'scan'];

/**
 * What Vault itself would have hashed, where it is in plain: with `log_raw`, or by a fault such as
 * CVE-2024-8365 and CVE-2025-62513. Names of keys, times and versions stay, as they do in OpenBao:
 * https://openbao.org/docs/audit/
 */
export const vaultRedaction: RedactionRules = {
  signals: {
    token: { keys: [...new Set([...tokenKeys, ...wrapKeys])], when: 'text' },
    header: { keys: [...secretHeaders], when: 'key' },
  },
  candidates: [['token'], ['header'], ['data']],
  nestedWords: ['token', 'client_token', 'password', 'secret', 'Secret'],
  hashedBelow: { key: 'data', signal: 'data' },
  mark(root, mark, record) {
    if (root !== record) return;
    const requests = atPath(root, 'request');
    const responses = atPath(root, 'response');
    const auths = [...atPath(root, 'auth'), ...atPath(root, 'response', 'auth')];
    for (const node of [...auths, ...requests]) markKeys(node, tokenKeys, mark);
    for (const node of atPath(root, 'response', 'wrap_info')) markKeys(node, wrapKeys, mark);
    const isList = requests.some((each) => holdsText(each, 'operation', ...listOperations));
    for (const node of [...requests, ...responses]) {
      for (const data of atPath(node, 'data'))
        markData(data, isList && !requests.includes(node), mark);
      for (const headers of atPath(node, 'headers')) markHeaders(headers, mark);
    }
  },
};

function markKeys(node: PositionedNode, keys: readonly string[], mark: MarkSecret): void {
  for (const { key, value } of node.members) if (keys.includes(key)) markText(value, mark);
}

function markText(node: PositionedNode, mark: MarkSecret): void {
  if (node.kind !== 'text' || node.text === '' || node.text.startsWith('hmac-sha256:')) return;
  mark(node);
}

/** Every text below `data`, as Vault hashes them, but times, versions and lists of key names. */
function markData(data: PositionedNode, isList: boolean, mark: MarkSecret): void {
  const plain = new Set<PositionedNode>();
  if (isList) for (const keys of atPath(data, 'keys')) addTexts(keys, plain);
  visitNodes(data, (node) => {
    for (const { key, value } of node.members) {
      if (key !== 'version' && key !== 'versions') continue;
      for (const each of [value, ...value.elements]) if (/^\d+$/.test(each.text)) plain.add(each);
    }
  });
  visitNodes(data, (node) => {
    if (!plain.has(node) && node.kind === 'text' && !timePattern.test(node.text)) {
      markText(node, mark);
    }
  });
}

function addTexts(keys: PositionedNode, texts: Set<PositionedNode>): void {
  for (const each of keys.elements) texts.add(each);
}

function markHeaders(headers: PositionedNode, mark: MarkSecret): void {
  for (const { key, value } of headers.members) {
    if (!secretHeaders.has(key.toLowerCase())) continue;
    visitNodes(value, (node) => markText(node, mark));
  }
}
