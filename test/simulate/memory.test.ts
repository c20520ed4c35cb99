import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TruthFile } from '../../src/simulate/truth-file.ts';

const heap_mebibytes_max = 56;

test('logs many times the heap are written', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'custody-simulate-memory-'));
  const out = join(scratch, 'logs');
  try {
    const words = ['simulate', '--out', out, '--events', '250k', '--days', '2', '--clusters', '4'];
    const printed = execFileSync(
      process.execPath,
      [
        `--max-old-space-size=${heap_mebibytes_max}`,
        'dist/cli/main.js',
        ...words,
        '--format',
        'json',
        '--quiet',
      ],
      { encoding: 'utf8' },
    );
    const sets = JSON.parse(printed) as { bytes: number; lines: number }[];
    const bytes = sets.reduce((sum, set) => sum + set.bytes, 0);
    expect(bytes).toBeGreaterThan(6 * heap_mebibytes_max * 1024 * 1024);
    const truth = JSON.parse(readFileSync(join(out, 'truth.json'), 'utf8')) as TruthFile;
    expect(truth.exposures.length).toBeGreaterThan(150);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
