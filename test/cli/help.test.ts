import { describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';

const commands = [
  '',
  'demo',
  'ingest',
  'leak',
  'blast-radius',
  'timeline',
  'chain',
  'objects',
  'show',
  'query',
  'query list',
  'query show',
  'query run',
  'sql',
  'report',
  'coverage',
  'sources',
  'snapshot',
  'serve',
  'rebuild',
  'simulate',
  'completion',
];

describe('help', () => {
  it.each(commands)('custody %s --help', async (command) => {
    const { status, stdout, stderr } = await custody([
      ...command.split(' ').filter(Boolean),
      '--help',
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const name = command === '' ? 'custody' : command.replace(' ', '-');
    await expect(stdout).toMatchFileSnapshot(`./help/${name}.txt`);
  });

  it('shows commands in the order of work', async () => {
    const { stdout } = await custody(['--help']);
    const shown = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) .* {2}/gm)].map(([, name]) => name);
    expect(shown).toEqual(commands.filter((name) => name !== '' && !name.includes(' ')));
  });

  it('goes to standard error, with exit code 2, where no command is named', async () => {
    const { status, stdout, stderr } = await custody([]);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: custody');
    expect(status).toBe(2);
  });

  it('has the version', async () => {
    expect(await custody(['--version'])).toEqual({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it.each([
    [['ingets'], /unknown command 'ingets'.*\nhint: .*ingest/],
    [['ingest', '--clster', 'x', 'y'], /unknown option '--clster'\nhint: .*--cluster/],
    [['timeline'], /required option '--object <reference>' not specified\nhint: /],
    [['ingest'], /missing required argument 'path'\nhint: /],
    [['objects', '--format', 'xml'], /argument 'xml' is invalid\. Allowed choices are table/],
    [['sql', 'select 1', '--rows', '-1'], /--rows <count>' argument '-1' is invalid/],
    [['simulate', '--out', 'x', '--events', '10G'], /--events <count>' argument '10G' is invalid/],
    [['simulate'], /Cannot simulate: --out is missing\nhint: custody simulate --out/],
    [['simulate', '--open', 'no-such-file', '--key', 'x'], /Cannot open "no-such-file"/],
    [['simulate', '--open', 'no-such-file'], /Cannot open "no-such-file": --key is missing/],
  ])('%j is refused in the form of every error', async (parameters, expected) => {
    const { status, stdout, stderr } = await custody(parameters);
    expect(stderr).toMatch(/^Cannot [^\n]+\nhint: [^\n]+\n$/);
    expect(stderr).toMatch(expected);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('knows commands and options in %s', async (shell) => {
    const { status, stdout } = await custody(['completion', shell]);
    expect(status).toBe(0);
    for (const word of ['blast-radius', 'vault-hmac-key-file', 'ndjson'])
      expect(stdout).toContain(word);
    await expect(stdout).toMatchFileSnapshot(`./help/completion.${shell}`);
  });
});
