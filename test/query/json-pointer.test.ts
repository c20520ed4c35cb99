import { describe, expect, it } from 'vitest';
import { followPointers } from '../../src/query/json-pointer.ts';

const text = JSON.stringify({ items: [{ 'a/b': 1 }], log: JSON.stringify({ '~x': [true] }) });

describe('followPointers', () => {
  it.each([
    [['/items/0/a~1b'], 1],
    [['/log', '/~0x/0'], true],
    [[''], JSON.parse(text)],
  ])('follows %j', (pointers, expected) => {
    expect(followPointers(text, pointers)).toEqual(expected);
  });

  it.each([[['/items/1']], [['/items/0/a~1b/c']], [['/__proto__']], [['/items/0/a~1b', '/x']]])(
    'says that %j leads nowhere',
    (pointers) => {
      expect(() => followPointers(text, pointers)).toThrow(/^Cannot follow pointer/);
    },
  );
});
