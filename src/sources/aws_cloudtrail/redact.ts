import { type MarkSecret, type PositionedNode, visitNodes } from '../../landing/positioned-tree.ts';
import type { RedactionRules } from '../source.ts';

const names = [
  'sessionToken',
  'secretAccessKey',
  'secretString',
  'SecretString',
  'secretBinary',
  'SecretBinary',
  'webIdentityToken',
  'sAMLAssertion',
];
// Tables of lakes have every name in lower case.
const secretKeys = [...new Set([...names, ...names.map((name) => name.toLowerCase())])];

/**
 * Session tokens are logged whole, with the answer that issued them. The other keys are hidden by the
 * services that this was seen of (`HIDDEN_DUE_TO_SECURITY_REASONS`), which nothing promises:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export const cloudtrailRedaction: RedactionRules = {
  signals: { secret: { keys: secretKeys, when: 'text' } },
  candidates: [['secret']],
  nestedWords: secretKeys,
  mark(root: PositionedNode, mark: MarkSecret) {
    visitNodes(root, (node) => {
      for (const { key, value } of node.members) {
        if (!secretKeys.includes(key) || value.kind !== 'text' || value.text === '') continue;
        if (!/^\**$|HIDDEN_DUE_TO_SECURITY_REASONS/.test(value.text)) mark(value);
      }
    });
  },
};
