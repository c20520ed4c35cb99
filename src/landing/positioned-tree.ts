/**
 * A parsed value that knows where each part stands in the bytes it was read from, whatever the
 * syntax. Offsets are bytes.
 */
export interface PositionedNode {
  readonly kind: 'object' | 'array' | 'text' | 'other';
  /** The members of an object, in order, equal keys kept. */
  readonly members: readonly PositionedMember[];
  /** The elements of an array. */
  readonly elements: readonly PositionedNode[];
  /** The unescaped text of a text; the literal bytes of a number, boolean or null. */
  readonly text: string;
  /** Other places of the tree may lead here too: a YAML anchor. */
  readonly isShared?: boolean;
  /**
   * Where `from` to `to`, bytes of the unescaped text, stand in the source; null where they have no
   * place of their own. For a node that is no text, where all of it stands.
   */
  locate(from: number, to: number): { start: number; end: number } | null;
  /** A replacement as it has to be written at this place. */
  escape(replacement: string): string;
}

export interface PositionedMember {
  key: string;
  value: PositionedNode;
}

/** Says that a text or number is secret as a whole. */
export type MarkSecret = (node: PositionedNode) => void;

/** The values of all members with this key: parsers disagree which counts, so each may. */
export function membersOf(
  node: PositionedNode | undefined,
  key: string,
): readonly PositionedNode[] {
  let found: PositionedNode[] | null = null;
  // Asked of every node, and nearly none has the key: nothing is made for those.
  for (const member of node?.members ?? none) {
    if (member.key !== key) continue;
    found ??= [];
    found.push(member.value);
  }
  return found ?? none;
}

const none: readonly never[] = [];

/** The values reached by following keys from the node, all of equal ones. */
export function atPath(
  node: PositionedNode,
  ...keys: readonly string[]
): readonly PositionedNode[] {
  return keys.reduce<readonly PositionedNode[]>(
    (found, key) => found.flatMap((each) => membersOf(each, key)),
    [node],
  );
}

/** Whether some member with this key holds one of these texts. */
export function holdsText(node: PositionedNode, key: string, ...texts: string[]): boolean {
  return membersOf(node, key).some((each) => each.kind === 'text' && texts.includes(each.text));
}

/** Visits every node of a tree, without recursion: a record may be 100,000 levels deep. */
export function visitNodes(root: PositionedNode, visit: (node: PositionedNode) => void): void {
  const open: PositionedNode[] = [root];
  const shared = new Set<PositionedNode>();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.isShared === true) {
      // Aliases of aliases would make a few lines a tree of billions of nodes.
      if (shared.has(node)) continue;
      shared.add(node);
    }
    visit(node);
    for (const each of node.members) open.push(each.value);
    for (const each of node.elements) open.push(each);
  }
}

/** Marks every text and number below a node that holds something. */
export function markLeaves(root: PositionedNode, mark: MarkSecret): void {
  visitNodes(root, (node) => {
    if (node.kind === 'text' && node.text !== '') mark(node);
    else if (node.kind === 'other' && /^[-\d.]/.test(node.text)) mark(node);
  });
}
