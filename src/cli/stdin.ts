import { CustodyError } from '../errors.ts';

/**
 * Reads standard input whole.
 *
 * @throws CustodyError LIMIT_REACHED beyond `bytesMax`; the text itself is never quoted
 */
export async function readStdin(bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) {
      throw new CustodyError(
        'LIMIT_REACHED',
        `Cannot read standard input: over ${bytesMax} bytes`,
        {
          hint: 'check what is piped in',
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads standard input whole, as text. */
export async function readStdinText(bytesMax: number): Promise<string> {
  return (await readStdin(bytesMax)).toString('utf8');
}
