import { kubernetesRedaction } from '../../sources/k8s_objects/redact.ts';
import type { RedactionRules, Source, WrappedRecord } from '../../sources/source.ts';
import { membersOf, type PositionedNode } from '../positioned-tree.ts';
import { opensFirst, sourceOfKeys } from './unwrap-record.ts';

/** Stands in the manifest for logs inside the records of shippers and clouds, and for mixed ones. */
export const wrappedId = 'wrapped';

const { namedSecret, environmentName, environmentValue } = kubernetesRedaction.signals;

/**
 * What a shipper writes around is secret where its key says so, as in an object of Kubernetes; in the records
 * inside the rules of their own sources hold.
 */
const redact: RedactionRules = {
  signals: {
    ...(namedSecret && { namedSecret }),
    ...(environmentName && { environmentName }),
    ...(environmentValue && { environmentValue }),
  },
  candidates: [['namedSecret'], ['environmentName', 'environmentValue']],
  nestedWords: [],
  mark: kubernetesRedaction.mark,
  recordsIn,
};

/**
 * Records that hold records of log sources: every object passes here, `unwrap-block.ts` sets aside those in
 * which it finds none.
 */
export const wrapped: Source = {
  id: wrappedId,
  title: 'Logs inside the records of shippers and clouds',
  promise: { all: [], any: [], none: [] },
  formats: ['json'],
  redact,
  documents: [],
};

function recordsIn(root: PositionedNode): readonly WrappedRecord[] {
  const found: WrappedRecord[] = [];
  const open: PositionedNode[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const source = node.kind === 'object' ? sourceOfNode(node) : null;
    if (source !== null) found.push({ node, redact: source.redact });
    else {
      for (const each of node.members) open.push(each.value);
      open.push(...node.elements);
    }
  }
  return found;
}

function sourceOfNode(node: PositionedNode): Source | null {
  if (opensFirst(shallowValue(node, 3))) return null;
  return sourceOfKeys(
    (key) => membersOf(node, key).length > 0,
    (key) => membersOf(node, key).find((each) => each.kind === 'text')?.text,
  );
}

/** The value of a node, some levels deep. */
function shallowValue(node: PositionedNode, levels: number): unknown {
  if (node.kind === 'text') return node.text;
  if (node.kind !== 'object' || levels === 0) return null;
  return Object.fromEntries(
    node.members.map(({ key, value }) => [key, shallowValue(value, levels - 1)]),
  );
}
