import { decodeText } from '../envelopes/decode-text.ts';
import { CustodyError } from '../errors.ts';

/**
 * Follows the layers of an evidence id: after the record id, `#` and a JSON pointer (RFC 6901) for
 * each layer; where a layer ends in a text, the next one enters what that text holds: JSON, behind the
 * prefix of a line or not, or in base64 and gzip. A last text that holds JSON is opened as well.
 *
 * @throws CustodyError NOT_FOUND where a step leads nowhere; the record is never quoted
 */
export function followPointers(text: string, pointers: readonly string[]): unknown {
  let value: unknown = text;
  for (const pointer of pointers) {
    if (typeof value === 'string') {
      value = opened(value);
      if (value === undefined) throw nothingToEnter(pointer);
    }
    for (const step of pointer.split('/').slice(1)) {
      value = enter(value, unescapeStep(step), pointer);
    }
  }
  const last = typeof value === 'string' && pointers.length > 0 ? opened(value) : undefined;
  return typeof last === 'object' && !isLines(value) ? last : value;
}

function isLines(value: unknown): boolean {
  return typeof value === 'string' && decodeText(value).kind === 'lines';
}

/** What a text holds: a value of JSON, or its lines where it has several; undefined where neither. */
function opened(text: string): unknown {
  const decoded = decodeText(text);
  if (decoded.kind === 'base64') return opened(decoded.bytes.toString('utf8'));
  if (decoded.kind === 'lines') return decoded.lines.map((line) => line.text);
  if (decoded.kind === 'nothing') return undefined;
  try {
    return JSON.parse(decoded.text);
  } catch {
    return undefined;
  }
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

function nothingToEnter(pointer: string): CustodyError {
  return new CustodyError('NOT_FOUND', `Cannot follow pointer "${pointer}": it enters no JSON`, {
    hint: 'show the record without the pointer first',
  });
}
