import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { microTime } from './world/clock.ts';
import type { LogLine } from './world/log-line.ts';
import type { Random } from './world/random.ts';

const chunk_bytes = 1 << 20;
const late_microseconds_max = 20_000_000;

/** What is wrong with a log that was collected; zero everywhere: nothing. */
export interface Blemishes {
  /** Share of lines that come up to 20 s late. */
  disorder: number;
  /** Share of lines that stand in the file twice. */
  duplicates: number;
  /** Share of lines that no truth rests on and that are cut, foreign or blank. */
  damaged: number;
  /** How many lines at the end of a file stand again at the beginning of the next. */
  overlap: number;
  /** Events above so many bytes lose their bodies, as the API server does it; 0: none. */
  truncate_bytes: number;
}

/** What one log of one writer came to. */
export interface WrittenLog {
  files: number;
  lines: number;
  bytes: number;
}

/** A line and when it is to be written. */
interface Waiting {
  order: number;
  line: LogLine;
}

/**
 * The file of one writer: lines are put in the order of their time within a window, blemished, and
 * written; a full file is renamed by the time of its end, as the API server's log backend does it.
 */
export class LogFile {
  readonly written: WrittenLog = { files: 0, lines: 0, bytes: 0 };
  readonly #folder: string;
  readonly #name: string;
  readonly #file_bytes_max: number;
  readonly #random: Random;
  readonly #blemishes: Blemishes;
  /** Lines by when they are to be written, which is not yet. */
  #waiting: Waiting[] = [];
  #chunk: string[] = [];
  #chunk_length = 0;
  #file_bytes = 0;
  #descriptor: number | null = null;
  #last: string[] = [];
  #lastAt = 0;

  constructor(part: {
    folder: string;
    name: string;
    file_bytes_max: number;
    random: Random;
    blemishes: Blemishes;
  }) {
    this.#folder = part.folder;
    this.#name = part.name;
    this.#file_bytes_max = part.file_bytes_max;
    this.#random = part.random;
    this.#blemishes = part.blemishes;
  }

  /** Takes a line; it is written when no earlier one can come any more. */
  push(line: LogLine): void {
    const { disorder, duplicates } = this.#blemishes;
    const late = () => this.#random.integer(0, late_microseconds_max);
    const isLate = disorder > 0 && this.#random.next() < disorder;
    this.#waiting.push({ order: line.at + (isLate ? late() : 0), line });
    if (duplicates > 0 && this.#random.next() < duplicates) {
      this.#waiting.push({ order: line.at + late(), line });
    }
  }

  /** Writes what is due before `horizon`, in microseconds: all that is pushed later is later. */
  flush(horizon: number): void {
    const due: Waiting[] = [];
    const rest: Waiting[] = [];
    for (const one of this.#waiting) (one.order < horizon ? due : rest).push(one);
    this.#waiting = rest;
    due.sort((left, right) => left.order - right.order);
    for (const { line } of due) this.#write(line);
  }

  close(): void {
    this.flush(Number.POSITIVE_INFINITY);
    this.#drain();
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #write(line: LogLine): void {
    const { damaged, truncate_bytes } = this.#blemishes;
    const text =
      truncate_bytes > 0 && line.text.length > truncate_bytes ? truncated(line.text) : line.text;
    this.#lastAt = line.at;
    if (damaged > 0 && !line.needed && this.#random.next() < damaged) {
      for (const broken of this.#broken(text)) this.#put(broken);
      return;
    }
    this.#put(text);
  }

  /** What a full disk, a second writer or an editor leaves of a line. */
  #broken(text: string): string[] {
    switch (this.#random.integer(0, 3)) {
      case 0:
        return [text.slice(0, this.#random.integer(20, Math.max(20, text.length - 1)))];
      case 1:
        return [`${text}\r`];
      case 2:
        return ['I1123 18:00:00.000001 1 leaderelection.go:281] leader changed', text];
      default:
        return ['', text];
    }
  }

  #put(text: string): void {
    if (this.#file_bytes >= this.#file_bytes_max) this.#rotate();
    this.#append(text);
    this.written.lines += 1;
    if (this.#blemishes.overlap === 0) return;
    this.#last.push(text);
    if (this.#last.length > this.#blemishes.overlap) this.#last.shift();
  }

  #append(text: string): void {
    this.#chunk.push(text, '\n');
    // Lines are ASCII but for names that people gave, so the length is the bytes.
    this.#chunk_length += text.length + 1;
    this.#file_bytes += text.length + 1;
    if (this.#chunk_length >= chunk_bytes) this.#drain();
  }

  #rotate(): void {
    this.#drain();
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
    // lumberjack's stamp: the time of the rotation, to the millisecond.
    const stamp = microTime(this.#lastAt).slice(0, 23).replaceAll(':', '-');
    renameSync(this.#path(), join(this.#folder, `${this.#name}-${stamp}.log`));
    this.#file_bytes = 0;
    for (const text of this.#last) this.#append(text);
  }

  #drain(): void {
    if (this.#chunk.length === 0) return;
    if (this.#descriptor === null) {
      this.#descriptor = openSync(this.#path(), 'wx');
      this.written.files += 1;
    }
    const bytes = Buffer.from(this.#chunk.join(''));
    let offset = 0;
    while (offset < bytes.length) offset += writeSync(this.#descriptor, bytes, offset);
    this.written.bytes += bytes.length;
    this.#chunk = [];
    this.#chunk_length = 0;
  }

  #path(): string {
    return join(this.#folder, `${this.#name}.log`);
  }
}

/** Both bodies go and a mark comes, as the API server's truncating backend does it. */
function truncated(text: string): string {
  const event = JSON.parse(text) as Record<string, unknown>;
  if (event.kind !== 'Event') return text;
  const { requestObject: _sent, responseObject: _stored, annotations, ...rest } = event;
  const marks = { ...(annotations as object), 'audit.k8s.io/truncated': 'true' };
  return JSON.stringify({ ...rest, annotations: marks });
}
