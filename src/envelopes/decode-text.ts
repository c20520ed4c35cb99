import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { envelopes } from './index.ts';

/** A gzip of few bytes can hold terabytes of zeros. */
const gunzippedBytesMax = 64 * 1024 * 1024;
const prefixesMax = 4;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** What a text in a wrapper holds, or why it holds nothing that can be read. */
export type DecodedText =
  /** It begins as JSON, `offset` characters behind its start. */
  | { kind: 'json'; text: string; offset: number; isPrefixed: boolean }
  /** It is a record of a log of text lines from `offset` on. */
  | { kind: 'line'; text: string; offset: number }
  | { kind: 'lines'; lines: { text: string; offset: number }[] }
  /** What base64 held, unzipped where it was gzip. */
  | { kind: 'base64'; bytes: Buffer }
  | { kind: 'nothing'; reason: 'not_json' | 'partial_line' | 'damaged_encoding' };

/**
 * Takes off what is around JSON in a text: a line end, the prefixes of lines, base64, gzip.
 *
 * Layers that a shipper adds to a line (a CRI prefix within a syslog header) are taken off together.
 *
 * @param isRecord whether a text that is not JSON is a record itself, so that nothing is taken off it
 */
export function decodeText(
  text: string,
  isRecord: (line: string) => boolean = () => false,
): DecodedText {
  const line = trimmedEnd(text);
  const start = skipBlank(line);
  if (isOpening(line, start)) {
    if (line.includes('\n')) return decodeLines(line, start);
    if (line.includes('}{')) {
      const values = joinedValues(line, start);
      if (values !== null) return { kind: 'lines', lines: values };
    }
    const json = start === 0 ? line : line.slice(start);
    return { kind: 'json', text: json, offset: start, isPrefixed: false };
  }
  if (line.includes('\n')) return decodeLines(line, 0);
  return decodeBase64(line) ?? decodePrefixed(line, isRecord);
}

/** Objects that stand one behind the other with nothing between them, as Firehose delivers them. */
function joinedValues(text: string, start: number): { text: string; offset: number }[] | null {
  if (isJson(text.slice(start))) return null;
  const values: { text: string; offset: number }[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') at = endOfText(text, at);
    else if (letter === '{') depth += 1;
    else if (letter === '}') depth -= 1;
    if (letter !== '}' || depth !== 0) continue;
    values.push({ text: text.slice(from, at + 1), offset: from });
    from = at + 1;
  }
  return values.length > 1 && values.every((value) => isJson(value.text)) ? values : null;
}

/** Where the closing quote of a text stands. */
function endOfText(text: string, opening: number): number {
  let at = opening + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** JSON over several lines, or a record on each of them. */
function decodeLines(text: string, start: number): DecodedText {
  const whole = text.slice(start);
  if (isJson(whole)) return { kind: 'json', text: whole, offset: start, isPrefixed: false };
  const lines: { text: string; offset: number }[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    if (line.trim() !== '') lines.push({ text: line, offset });
    offset += line.length + 1;
  }
  return { kind: 'lines', lines };
}

function decodeBase64(text: string): DecodedText | null {
  const digits = text.includes('\r') ? text.replaceAll('\r', '') : text;
  if (digits.length < 8 || !base64.test(digits)) return null;
  const bytes = Buffer.from(digits, 'base64');
  const unzipped = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipped(bytes) : bytes;
  if (unzipped === null) return { kind: 'nothing', reason: 'damaged_encoding' };
  return isUtf8(unzipped) ? { kind: 'base64', bytes: unzipped } : null;
}

function gunzipped(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: gunzippedBytesMax });
  } catch {
    return null;
  }
}

function decodePrefixed(line: string, isRecord: (line: string) => boolean): DecodedText {
  let rest = line;
  for (let layers = 0; layers <= prefixesMax; layers += 1) {
    const offset = line.length - rest.length;
    if (isOpening(rest, 0)) return { kind: 'json', text: rest, offset, isPrefixed: true };
    if (isRecord(rest)) return { kind: 'line', text: rest, offset };
    const stripped = layers < prefixesMax ? strip(rest) : null;
    if (stripped === null) break;
    if (stripped.partial) return { kind: 'nothing', reason: 'partial_line' };
    rest = stripped.rest;
  }
  return { kind: 'nothing', reason: 'not_json' };
}

function strip(line: string) {
  for (const envelope of envelopes) {
    const stripped = envelope.strip?.(line) ?? null;
    if (stripped !== null) return stripped;
  }
  return null;
}

function trimmedEnd(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last === 10 || last === 13 || last === 32 ? text.trimEnd() : text;
}

function skipBlank(text: string): number {
  let at = 0;
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13 || code === 0xfeff;
}

function isOpening(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 123 || code === 91;
}

/** Whether a text is a value of JSON as it stands. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
