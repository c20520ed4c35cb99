import { CustodyError } from '../errors.ts';
import { unrecognisedId } from '../landing/unrecognised.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { sources } from '../sources/index.ts';
import { type Recognised, recogniseSource } from '../sources/recognise.ts';
import type { LogFormat } from '../sources/source.ts';
import type { OpenInput } from './open-input.ts';

/** What an input is taken for, by its content or because the user said so. */
export type TakenFor =
  | { source: string; format: LogFormat }
  | { source: null; reason: string; refused?: true };

/** Recognises an input by its beginning. */
export async function takeFor(input: OpenInput, forced: string | undefined): Promise<TakenFor> {
  const { sample } = input;
  if (sample.length === 0) return { source: null, reason: 'empty' };
  const archive = archives.find(({ magic }) => sample.subarray(0, magic.length).equals(magic));
  if (archive !== undefined && forced === undefined) {
    return { source: null, reason: archive.reason };
  }
  let recognised = recogniseSource(sample, input.sampleIsAll);
  while (recognised.undecided && (await input.lengthenSample())) {
    recognised = recogniseSource(input.sample, input.sampleIsAll);
  }
  const { source, format } = recognised;
  const check = forced === undefined ? source?.check : sourceOf(forced)?.check;
  if (check !== undefined) {
    const reason = await whyRefused(input, check);
    if (reason !== null) return { source: null, reason, refused: true };
  }
  if (forced !== undefined) {
    return { source: forced, format: formatOf(forced, recognised) };
  }
  if (source !== null && format !== 'none') return { source: source.id, format };
  if (format === 'json') return { source: unrecognisedId, format };
  return { source: null, reason: 'no log of a known source' };
}

/** How a file is cut that is said to be of a source, whatever it looks like. */
function formatOf(id: string, { source, format }: Recognised): LogFormat {
  if (sourceOf(id)?.lines !== undefined)
    return source?.id === id && format === 'json' ? 'json' : 'text';
  return format === 'yaml' ? 'yaml' : 'json';
}

/** What a person wrote for Custody is small; what is not can be no such file. */
async function whyRefused(
  input: OpenInput,
  check: (text: string) => Promise<string[]>,
): Promise<string | null> {
  if (!input.sampleIsAll) return 'longer than 256 KiB, which no file of this kind is';
  const wrong = await check(input.sample.toString('utf8'));
  return wrong.length === 0 ? null : wrong.join('; ');
}

function sourceOf(id: string) {
  return sources.find((source) => source.id === id);
}

/** Fails where `--source` names none. */
export function checkSource(id: string | undefined): void {
  if (id === undefined || id === wrappedId || sourceOf(id) !== undefined) return;
  throw new CustodyError('BAD_OPTION', `Cannot read logs as "${id}": there is no such source`, {
    hint: `use one of ${[...sources.map((source) => source.id), wrappedId].join(', ')}`,
  });
}

const archives = [
  {
    magic: Buffer.from('PK\u0003\u0004', 'latin1'),
    reason: 'a zip archive in a pipe or in another archive, which is not read; unpack it first',
  },
  { magic: Buffer.from('BZh', 'latin1'), reason: 'bzip2, which is not read; decompress it first' },
  {
    magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    reason: 'xz, which is not read; decompress it first',
  },
];
