import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { unwrapRecord } from '../../src/landing/wrapped/unwrap-record.ts';
import { landedRecords } from '../helpers/landed-store.ts';
import { landFiles, storeOfKnownKey, withDatabase } from '../helpers/sample-store.ts';
import { plantedFiles } from '../secrets/planted.ts';
import { wrappers } from './wrappers.ts';

const { planted, files } = plantedFiles();
const lines = ['audit.log', 'vault.log'].flatMap((name) =>
  (files[name] ?? '').trimEnd().split('\n'),
);

/** A secret in plain, or in base64 at each of the three ways it can lie in it. */
const needles = planted.map(({ place, value }) => {
  const core = value.match(/[A-Za-z0-9]{16,}/g)?.at(-1) ?? value;
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.from('.'.repeat(before) + core).toString('base64');
    return text.slice(before === 0 ? 0 : before + 1, -4);
  });
  return { place, texts: [core, ...encoded] };
});

function found(text: string): string[] {
  return needles
    .filter(({ texts }) => texts.some((each) => text.includes(each)))
    .map((n) => n.place);
}

it('a planted secret is in no stored record, however it is wrapped', async () => {
  const { store, remove } = storeOfKnownKey();
  onTestFinished(remove);
  const inLines = new Set(found(lines.join('\n')));
  expect(inLines.size, 'the search finds what is there').toBeGreaterThan(planted.length / 2);
  for (const { name, wrap } of wrappers) {
    const path = join(store.folder, '..', 'log');
    writeFileSync(path, wrap(lines));
    await landFiles(store, [path], { cluster: name });
  }
  let kept = 0;
  for (const record of await landedRecords(store)) {
    if (record.kind === 'quarantined') continue;
    kept += 1;
    const text = record.bytes.toString('utf8');
    const inside = unwrapRecord(text).leaves.map((leaf) => leaf.text);
    expect([text, ...inside].flatMap(found)).toEqual([]);
  }
  expect(kept).toBeGreaterThan(lines.length);
  const events = await withDatabase(store, async (connection) => {
    const reader = await connection.runAndReadAll(`select to_json(event)::varchar from event`);
    return reader.getRowsJson().map(([row]) => String(row));
  });
  expect(events.flatMap(found)).toEqual([]);
});
