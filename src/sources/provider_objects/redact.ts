import { markLeaves, membersOf, type PositionedNode } from '../../landing/positioned-tree.ts';
import type { RedactionRules } from '../source.ts';

/**
 * What Vault's policies and roles are made of. Answers of `vault read` and `vault kv get` have one form:
 * whatever else stands in `data` may be a secret that was landed by mistake.
 */
const plain =
  /^(?:name|policy|rules|bound_.*|token_.*|policies|role_type|user_claim|claim_mappings|audience|alias_name_source|ttl|max_ttl|period|num_uses|expiration_leeway|not_before_leeway|clock_skew_leeway)$/;

/** Policies, roles and bindings name no secret; the answer of another read is taken for one. */
export const providerObjectsRedaction: RedactionRules = {
  signals: { answer: { keys: ['data'], when: 'key' } },
  candidates: [['answer']],
  nestedWords: [],
  mark(root, mark, record) {
    if (root !== record) return;
    for (const data of membersOf(root, 'data')) markUnknown(data);
    function markUnknown(data: PositionedNode): void {
      if (data.kind !== 'object') markLeaves(data, mark);
      for (const { key, value } of data.members) if (!plain.test(key)) markLeaves(value, mark);
    }
  },
};
