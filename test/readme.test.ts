import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/errors.ts';
import { custody } from './helpers/exec.ts';

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('README.md', () => {
  it('documents every error code, and no other', () => {
    const documented = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(documented).toEqual([...errorCodes]);
  });

  it('names every command', async () => {
    const { stdout } = await custody(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) .* {2}/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) expect(text).toContain(`| \`${command}\` |`);
  });

  it('opens with what the demo really prints', async () => {
    const { stdout } = await custody(['demo', '--quiet']);
    const shown = /```\n([\s\S]*?)```/.exec(text)?.[1]?.trimEnd().split('\n') ?? [];
    const lines = new Set(stdout.split('\n'));
    expect(shown.filter((line) => line !== '…' && !lines.has(line))).toEqual([]);
  });

  it('links to files that are there', () => {
    const root = new URL('..', import.meta.url);
    for (const [, path] of text.matchAll(/\]\(([^)]+)\)/g)) {
      expect(() => readFileSync(new URL(path ?? '', root))).not.toThrow();
    }
    expect(readdirSync(root)).toContain('LICENSE');
  });
});
