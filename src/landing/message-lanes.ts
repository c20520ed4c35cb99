import { sources } from '../sources/index.ts';
import type { LogFormat } from '../sources/source.ts';
import type { PartitionMessage } from './partition-lander.ts';

/** Messages that are landed as one batch, each with a line end behind it. */
export interface Lane {
  format: LogFormat;
  messages: PartitionMessage[];
  /** Of their values, line ends included. */
  bytes: number;
}

/**
 * Parts messages into batches in which none can touch another: a value that is cut short would
 * otherwise go on in the next message. Whole JSON and lines that begin no JSON lie side by side;
 * what begins as JSON and is none is read line by line, where each line is a record or is set aside.
 *
 * @param blockBytes a batch is no longer than this, but for a message that is so alone
 * @returns batches in the order in which they are to be landed; of a format, in that of offsets
 */
export function chooseLanes(
  messages: readonly PartitionMessage[],
  source: string,
  blockBytes: number,
): Lane[] {
  const isText = sources.find(({ id }) => id === source)?.formats.includes('text') ?? false;
  const lanes: Lane[] = [];
  const open = new Map<LogFormat, Lane>();
  for (const message of messages) {
    const format = formatOf(message.value, isText);
    const bytes = (message.value?.length ?? 0) + 1;
    let lane = open.get(format);
    if (lane === undefined || lane.bytes + bytes > blockBytes) {
      lane = { format, messages: [], bytes: 0 };
      open.set(format, lane);
      lanes.push(lane);
    }
    lane.messages.push(message);
    lane.bytes += bytes;
  }
  return lanes;
}

function formatOf(value: Buffer | null, isText: boolean): LogFormat {
  if (value === null || value.length === 0) return 'json';
  const text = value.toString('utf8');
  if (isJson(text)) return 'json';
  const lines = text.split('\n');
  if (lines.every((line) => line.trim() === '' || isJson(line))) return 'json';
  return isText || lines.some((line) => /^\s*[[{]/.test(line)) ? 'text' : 'json';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
