import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const functionLinesMax = 70;
const fileLinesMax = 350;
// The formatter breaks code at 100; comments may run a little over.
const columnsMax = 110;

interface SourceFile {
  path: string;
  lines: string[];
}

/** What a machine can see of the style guide; docs/STYLE.md has the reasons. */
describe('the style guide', () => {
  const files = ['src', 'scripts', 'test'].flatMap((folder) => readSources(folder));
  const own = files.filter((file) => file.path.startsWith('src/'));

  it('keeps functions on one screen', () => {
    expect(own.flatMap(longFunctions)).toEqual([]);
  });

  it('keeps a file to one subject', () => {
    const long = own.filter((file) => file.lines.length > fileLinesMax);
    expect(long.map((file) => `${file.path}: ${file.lines.length} lines`)).toEqual([]);
  });

  it('keeps lines short', () => {
    // The formatter breaks code; a text that a person reads, and a pattern, stay in one piece.
    const wide = own.flatMap((file) =>
      file.lines.flatMap((line, index) =>
        line.length > columnsMax && !/['"`]|https?:\/\/|^\s*\/\S/.test(line)
          ? [`${file.path}:${index + 1}`]
          : [],
      ),
    );
    expect(wide).toEqual([]);
  });

  it('prints in src/cli alone', () => {
    const printing = /\bconsole\.|process\.(stdout|stderr)\b/;
    const elsewhere = own.filter((file) => !file.path.startsWith('src/cli/'));
    expect(elsewhere.flatMap((file) => linesWith(file, printing))).toEqual([]);
  });

  it('says what each exported function and class is for', () => {
    expect(own.flatMap(undocumented)).toEqual([]);
  });

  it('leaves no note to self behind', () => {
    expect(own.flatMap((file) => linesWith(file, /\b(TODO|FIXME|XXX|HACK)\b/))).toEqual([]);
  });

  it('names files after what they hold', () => {
    const drawers = files.filter((file) =>
      /\/(utils?|helpers?|types|common|misc)\.ts$/.test(file.path),
    );
    expect(drawers.map((file) => file.path)).toEqual([]);
  });
});

function readSources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const lines = readFileSync(join(root, folder, path), 'utf8')
        .trimEnd()
        .split('\n');
      return { path: `${folder}/${path}`, lines };
    });
}

function linesWith(file: SourceFile, pattern: RegExp): string[] {
  return file.lines.flatMap((line, index) =>
    pattern.test(line) && !/^\s*(\/?\*|\/\/)/.test(line) ? [`${file.path}:${index + 1}`] : [],
  );
}

/** The formatter puts a function's first and last line at the same indent, which is all this needs. */
function longFunctions(file: SourceFile): string[] {
  const opening =
    /^( *)(export )?(default )?(async )?(function\b|(static |async |get |set )*[#\w]+\(.*\).* \{$|const \w+ = .*=> \{$)/;
  return file.lines.flatMap((line, start) => {
    const indent = opening.exec(line)?.[1];
    if (indent === undefined || /^ *(if|for|while|switch|catch|return)\b/.test(line)) return [];
    const end = file.lines.findIndex(
      (other, index) => index > start && new RegExp(`^${indent}}[;,)]*$`).test(other),
    );
    const length = end - start + 1;
    return length > functionLinesMax ? [`${file.path}:${start + 1}: ${length} lines`] : [];
  });
}

function undocumented(file: SourceFile): string[] {
  return file.lines.flatMap((line, index) => {
    if (!/^export (async |abstract )*(function|class)\b/.test(line)) return [];
    const before = file.lines.slice(0, index).findLast((other) => !other.startsWith('@')) ?? '';
    const overload = /^export (async )?function \w+/.exec(before);
    return /\*\/\s*$/.test(before) || overload ? [] : [`${file.path}:${index + 1}`];
  });
}
