import { CustodyError } from '../errors.ts';
import { readStdin } from './stdin.ts';

const valueBytesMax = 1024 * 1024;

/**
 * Reads a leaked value from standard input, never from the command line, where other users of the
 * machine and the shell's history would see it. One line end at its end is not part of it.
 */
export async function readSecretValue(): Promise<Buffer> {
  if (process.stdin.isTTY) process.stderr.write('Enter the value, then Ctrl-D:\n');
  const bytes = await readStdin(valueBytesMax);
  const text = bytes.toString('latin1').replace(/\r?\n$/, '');
  if (text === '') {
    throw new CustodyError('BAD_OPTION', 'Cannot search for the value: standard input is empty', {
      hint: 'pipe the value in: custody leak --value-stdin < leaked.txt',
    });
  }
  return Buffer.from(text, 'latin1');
}
