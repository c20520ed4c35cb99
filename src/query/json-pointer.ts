import { CustodyError } from '../errors.ts';

/**
 * Follows the layers of an evidence id: after the record id, `#` and a JSON pointer (RFC 6901) for
 * each layer; where a layer ends in a text, the next one reads that text as JSON.
 *
 * @throws CustodyError NOT_FOUND where a step leads nowhere; the record is never quoted
 */
export function followPointers(text: string, pointers: readonly string[]): unknown {
  let value: unknown = text;
  for (const pointer of pointers) {
    value = typeof value === 'string' ? parse(value, pointer) : value;
    for (const step of pointer.split('/').slice(1))
      value = enter(value, unescapeStep(step), pointer);
  }
  return value;
}

function enter(value: unknown, step: string, pointer: string): unknown {
  if (value !== null && typeof value === 'object' && Object.hasOwn(value, step)) {
    return (value as Record<string, unknown>)[step];
  }
  throw new CustodyError('NOT_FOUND', `Cannot follow pointer "${pointer}": there is no "${step}"`, {
    hint: 'show the record without the pointer first',
  });
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function parse(text: string, pointer: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CustodyError('NOT_FOUND', `Cannot follow pointer "${pointer}": it enters no JSON`, {
      hint: 'show the record without the pointer first',
    });
  }
}
