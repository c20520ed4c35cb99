import type { PositionedNode } from './positioned-tree.ts';

const none: readonly never[] = [];

/** Bytes that are a text by themselves, with nothing escaped. */
export function plainText(bytes: Buffer): PositionedNode {
  return {
    kind: 'text',
    members: none,
    elements: none,
    text: bytes.toString('utf8'),
    locate: (start, end) => ({ start, end }),
    escape: (replacement) => replacement,
  };
}

/** A part of a text, which begins `offset` characters behind its start, as a text of its own. */
export function partOfText(node: PositionedNode, text: string, offset: number): PositionedNode {
  const before = Buffer.byteLength(node.text.slice(0, offset));
  return {
    kind: 'text',
    members: none,
    elements: none,
    text,
    locate: (from, to) => node.locate(before + from, before + to),
    escape: (replacement) => node.escape(replacement),
  };
}
