import type { Plain, Row } from '../query/plain-value.ts';
import { renderJson } from '../report/json.ts';
import { type Format, renderRows } from '../report/rows.ts';
import { colourStyle, plainStyle, type Style } from '../report/style.ts';

/** Where a command writes: results to stdout, all else to stderr. */
export interface Output {
  style: Style;
  widthMax: number;
  result(text: string): void;
  rows(format: Format, columns: readonly string[], rows: readonly Row[]): void;
  json(value: Plain): void;
  /** One line for the person in front; --quiet silences it. */
  note(line: string): void;
}

/** Makes the output of a command from its common options. */
export function makeOutput(options: { quiet?: boolean; color?: boolean }): Output {
  const coloured =
    options.color !== false && !process.env.NO_COLOR && process.stdout.isTTY === true;
  const style = coloured ? colourStyle : plainStyle;
  const widthMax = process.stdout.columns ?? 200;
  const result = (text: string) => void process.stdout.write(text);
  return {
    style,
    widthMax,
    result,
    rows: (format, columns, rows) => result(renderRows(format, columns, rows, { style, widthMax })),
    json: (value) => result(renderJson(value)),
    note: (line) => {
      if (!options.quiet) process.stderr.write(`${line}\n`);
    },
  };
}

/**
 * A reader that goes away (`custody … | head`) is no failure: what is still to be written is dropped,
 * and work in hand, such as an ingest, is finished all the same.
 */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Waits until both streams have taken what was written: exiting earlier cuts a pipe off. */
export async function flush(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.writableLength === 0 || stream.destroyed) resolve();
          else stream.write('', () => resolve());
        }),
    ),
  );
}
