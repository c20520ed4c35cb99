import { randomBytes } from 'node:crypto';
import { renameSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder, writing } from './durable-file.ts';
import type { LandingContext, StreamInput } from './landing-context.ts';
import type { ManifestDraft, ManifestEntry, StoredFile } from './manifest.ts';
import { batchIdOf } from './record-id.ts';
import type { WrittenBatch, WrittenFile } from './segment.ts';
import type { BlockPart } from './worker-messages.ts';
import { keepInnerFiles } from './wrapped/inner-files.ts';

/**
 * Gives the files of a batch their names and commits it.
 *
 * Order matters for a crash at any moment: the bytes are synced before they are named, the names
 * before the entry that makes them count.
 *
 * @param seen how many manifest entries there were when the caller decided that the batch is missing
 */
export function commitBatch(
  context: LandingContext,
  input: StreamInput,
  stream: string,
  part: BlockPart,
  written: WrittenBatch,
  replaces: ManifestEntry | null,
  seen?: number,
): ManifestEntry | 'overtaken' {
  const batch = batchIdOf(stream, part.from, part.digest);
  const { source, cluster, observed_at } = input.naming;
  const segment = settleName(context, written.segment, 'segments', batch);
  const quarantine = settleName(context, written.quarantine, 'quarantine', batch);
  const draft: ManifestDraft = {
    source,
    cluster,
    observed_at,
    stream,
    origin: input.origin,
    batch,
    from: part.from,
    to: part.to,
    records: part.rowTo - part.rowFrom,
    good: part.good,
    envelopes: part.envelopes,
    quarantined: part.quarantined,
    blank_lines: part.blankLines,
    redacted: part.redacted,
    digest: part.digest,
    unterminated: part.unterminated,
    replaces: replaces?.number ?? null,
    segment: segment && { ...segment, normaliser: context.normaliser(source).version },
    quarantine,
  };
  const entry = context.manifest.append(context.store, draft, seen);
  if (entry !== 'overtaken' && written.inner !== undefined && draft.segment !== null) {
    keepInnerFiles(context.store, draft.segment.normaliser, batch, written.inner);
  }
  return entry;
}

/** The last line got its line end: the same batch, now ended, takes the place of the old entry. */
export function commitFinished(
  context: LandingContext,
  entry: ManifestEntry,
  part: BlockPart,
): ManifestEntry | 'overtaken' {
  const { format: _format, number, previous: _previous, committed_at: _at, ...rest } = entry;
  return context.manifest.append(context.store, {
    ...rest,
    to: part.to,
    blank_lines: part.blankLines,
    unterminated: false,
    replaces: number,
  });
}

/** Removes files that were written for a batch and are not needed. */
export function discard(written: WrittenBatch): void {
  for (const file of [written.segment, written.quarantine]) {
    if (file !== null) unlinkSync(file.path);
  }
  for (const { path } of written.inner ?? []) unlinkSync(path);
}

function settleName(
  context: LandingContext,
  file: WrittenFile | null,
  folder: string,
  batch: string,
): StoredFile | null {
  if (file === null) return null;
  const name = `${folder}/${batch}-${randomBytes(3).toString('hex')}.parquet`;
  const path = join(context.store.folder, name);
  writing(path, () => renameSync(file.path, path));
  syncFolder(dirname(path));
  file.path = path;
  return { file: name, sha256: file.sha256, bytes: file.bytes };
}
