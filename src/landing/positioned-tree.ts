/**
 * A parsed value that knows where each part stands in the bytes it was read from, whatever the
 * syntax. Offsets are bytes of that text; `start` to `end` holds the quotes of a quoted text too.
 */
export interface PositionedNode {
  kind: 'object' | 'array' | 'text' | 'other';
  start: number;
  end: number;
  /** The members of an object, in order, equal keys kept. */
  members: readonly PositionedMember[];
  /** The elements of an array. */
  elements: readonly PositionedNode[];
  /** The unescaped text of a text; the literal bytes of a number, boolean or null. */
  text: string;
}

export interface PositionedMember {
  key: string;
  value: PositionedNode;
}

/** Says that all of a text or number, or `from` to `to` of a text's characters, is a secret. */
export type MarkSecret = (node: PositionedNode, from?: number, to?: number) => void;

/** The value of the last member with this key (as most parsers read it), or undefined. */
export function member(node: PositionedNode | undefined, key: string): PositionedNode | undefined {
  if (node === undefined) return undefined;
  for (let index = node.members.length - 1; index >= 0; index -= 1) {
    const found = node.members[index];
    if (found?.key === key) return found.value;
  }
  return undefined;
}

/** The values of all members with this key: a secret hides behind any of them. */
export function membersOf(node: PositionedNode | undefined, key: string): PositionedNode[] {
  if (node === undefined) return [];
  return node.members.filter((each) => each.key === key).map((each) => each.value);
}

/** The text under a key, or null where there is none or it is not a text. */
export function textOf(node: PositionedNode | undefined, key: string): string | null {
  const found = member(node, key);
  return found?.kind === 'text' ? found.text : null;
}

/** Visits every node of a tree, without recursion: a record may be 100,000 levels deep. */
export function visitNodes(root: PositionedNode, visit: (node: PositionedNode) => void): void {
  const open: PositionedNode[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    visit(node);
    for (const each of node.members) open.push(each.value);
    for (const each of node.elements) open.push(each);
  }
}
