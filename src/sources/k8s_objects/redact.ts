import {
  atPath,
  holdsText,
  type MarkSecret,
  markLeaves,
  membersOf,
  type PositionedNode,
  visitNodes,
} from '../../landing/positioned-tree.ts';
import type { RedactionRules } from '../source.ts';

/**
 * Keys whose text is a secret wherever they stand, without case, dashes and underscores. Not
 * `secretKey`: External Secrets and others name a key by it, not the value.
 */
const secretKeys: readonly string[] = [
  'token',
  'access token',
  'refresh token',
  'id token',
  'session token',
  'auth token',
  'bearer token',
  'password',
  'passwd',
  'passphrase',
  'private key',
  'client secret',
  'client key data',
  'api key',
  'secret access key',
  'aws secret access key',
  'aws session token',
  'security token',
];
const normalisedSecretKeys = new Set(secretKeys.map((words) => words.replaceAll(' ', '')));

const toldKeys = new Map<string, boolean>();
const toldKeysMax = 10_000;

const environmentEnds = ['password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'key'];
environmentEnds.push('credential', 'credentials', 'pass');
const secretEnvironmentName =
  /(?:passw(?:or)?d|passphrase|pwd|_?pass|secret|token|api_?key|access_?key|private_?key|secret_?key|encryption_?key|signing_?key|credentials?)$/i;
/** A value that only says where the secret is. */
const reference = /^(?:\$\(|\/(?:var|etc|run|mnt|opt|home|tmp|vault|secrets?)\/|true$|false$)/i;

/**
 * What is secret in Kubernetes objects, whether they stand alone, in lists, in audit events, or as
 * JSON in a text (`kubectl.kubernetes.io/last-applied-configuration`, patches of webhooks).
 */
export const kubernetesRedaction: RedactionRules = {
  signals: {
    secret: { keys: ['kind'], when: 'equals', texts: ['Secret', 'SecretList'] },
    secretsResource: { keys: ['resource'], when: 'equals', texts: ['secrets'] },
    body: { keys: ['requestObject', 'responseObject'], when: 'key' },
    namedSecret: { keys: secretKeys.flatMap(spellings), when: 'text' },
    environmentName: { keys: ['name'], when: 'ends', texts: environmentEnds },
    environmentValue: { keys: ['value'], when: 'text' },
  },
  candidates: [
    ['secret'],
    ['secretsResource', 'body'],
    ['namedSecret'],
    ['environmentName', 'environmentValue'],
  ],
  nestedWords: ['Secret', 'SecretList', 'stringData', 'env', ...secretKeys.flatMap(spellings)],
  mark(root, mark, record) {
    if (atPath(record, 'objectRef').some((each) => holdsText(each, 'resource', 'secrets'))) {
      const bodies = [...membersOf(root, 'requestObject'), ...membersOf(root, 'responseObject')];
      for (const body of root === record ? bodies : [root]) markSecretBody(body, mark);
    }
    visitNodes(root, (node) => markObject(node, mark));
  },
};

function markObject(node: PositionedNode, mark: MarkSecret): void {
  let isSecretVariable = false;
  // The key first: reading a text costs more, and nearly no key asks for it.
  for (const { key, value } of node.members) {
    if (key === 'kind') markKind(node, value, mark);
    else if (key === 'name') isSecretVariable ||= isSecretName(value);
    if (!isSecretKey(key) || value.kind !== 'text' || value.text === '') continue;
    mark(value);
  }
  if (!isSecretVariable) return;
  for (const value of membersOf(node, 'value')) {
    if (value.kind === 'text' && value.text !== '' && !reference.test(value.text)) mark(value);
  }
}

function markKind(node: PositionedNode, kind: PositionedNode, mark: MarkSecret): void {
  if (kind.kind !== 'text') return;
  if (kind.text === 'Secret') markData(node, mark);
  if (kind.text !== 'SecretList') return;
  // The elements of a list from the API have no kind of their own.
  for (const items of membersOf(node, 'items')) {
    for (const item of items.elements) markData(item, mark);
  }
}

function isSecretName(name: PositionedNode): boolean {
  return name.kind === 'text' && secretEnvironmentName.test(name.text);
}

function markData(secret: PositionedNode, mark: MarkSecret): void {
  for (const key of ['data', 'stringData']) {
    for (const data of membersOf(secret, key)) markLeaves(data, mark);
  }
}

/** Marks a body of a request about Secrets: the object, a list, a patch of any kind. */
export function markSecretBody(body: PositionedNode, mark: MarkSecret): void {
  if (body.kind === 'text' && isForeignText(body.text)) mark(body);
  visitNodes(body, (node) => {
    markData(node, mark);
    // JSON patch (RFC 6902): the path says where the value goes.
    for (const path of membersOf(node, 'path')) {
      if (path.kind !== 'text' || !/^\/?$|^\/(?:data|stringData)(?:\/|$)/.test(path.text)) continue;
      const isWhole = path.text === '' || path.text === '/';
      for (const value of membersOf(node, 'value')) {
        if (isWhole) markData(value, mark);
        else markLeaves(value, mark);
      }
    }
  });
}

/** A body that is neither JSON nor a remark of the log, such as `skipped-too-big-size-object`. */
function isForeignText(text: string): boolean {
  return !/^\s*[[{]/.test(text) && /[\s:=]/.test(text);
}

/** Whether a key is secret: the keys of a log are few, and are told once each. */
function isSecretKey(key: string): boolean {
  let known = toldKeys.get(key);
  if (known === undefined) {
    if (toldKeys.size >= toldKeysMax) toldKeys.clear();
    known = normalisedSecretKeys.has(key.replace(/[-_]/g, '').toLowerCase());
    toldKeys.set(key, known);
  }
  return known;
}

/** The ways the words of a key are usually joined. */
function spellings(words: string): string[] {
  const parts = words.split(' ');
  const capital = parts.map((part) => part[0]?.toUpperCase() + part.slice(1));
  return [
    ...new Set([
      parts.join(''),
      parts.join('_'),
      parts.join('-'),
      parts.join('_').toUpperCase(),
      capital.join(''),
      [parts[0], ...capital.slice(1)].join(''),
    ]),
  ];
}
