import type { Command } from 'commander';
import { CustodyError } from '../../errors.ts';
import { openStore } from '../../landing/store.ts';
import { followPointers } from '../../query/json-pointer.ts';
import type { Plain, Row } from '../../query/plain-value.ts';
import { readRecord, type StoredRecord } from '../../query/read-record.ts';
import { runSelect } from '../../query/run-select.ts';
import { renderShown, type Shown } from '../../report/shown.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
} from '../options.ts';
import { makeOutput } from '../output.ts';
import { withDatabase } from '../with-database.ts';

interface ShowOptions extends CommonOptions, FormatOption {
  raw?: boolean;
}

/** `custody show`: a record, a part of one, or an event with every record that shows it. */
export function registerShow(program: Command): void {
  const command = program
    .command('show')
    .summary('a record or an event, down to its bytes')
    .description('Shows a record, a part of it, or an event with every record that shows it.')
    .argument('<id>', 'a record id, record-id#/json/pointer, or event-…')
    .option('--raw', 'write the exact stored bytes; the only way to open a quarantined record');
  addFormatOption(addCommonOptions(command))
    .addHelpText('after', help)
    .action(async (id: string, options: ShowOptions) => {
      const [recordId = '', ...pointers] = id.split('#');
      if (options.raw) {
        process.stdout.write(await readRaw(options.store, id, recordId, pointers));
        return;
      }
      const output = makeOutput(options);
      const shown = recordId.startsWith('event-')
        ? await showEvent(options.store, recordId)
        : [await showRecord(options.store, recordId, pointers)];
      if (options.format === 'table') output.result(shown.map(renderShown).join('\n'));
      else if (options.format === 'json' && !recordId.startsWith('event-')) {
        output.json(shown[0] as unknown as Plain);
      } else output.rows(options.format, ['meta', 'content'], shown as unknown as Row[]);
    });
}

async function readRaw(
  folder: string,
  id: string,
  recordId: string,
  pointers: readonly string[],
): Promise<Buffer> {
  if (recordId.startsWith('event-') || pointers.length > 0) {
    throw new CustodyError('BAD_OPTION', `Cannot show "${id}" raw: only a whole record has bytes`, {
      hint: 'give the record id alone; custody show <event id> names its records',
    });
  }
  return (await readRecord(openStore(folder), recordId)).bytes;
}

async function showRecord(
  folder: string,
  recordId: string,
  pointers: readonly string[],
): Promise<Shown> {
  return toShown(await readRecord(openStore(folder), recordId), pointers);
}

function toShown(record: StoredRecord, pointers: readonly string[]): Shown {
  if (record.quarantined) {
    return { meta: record.meta, content: null, note: 'sealed; --raw writes its bytes' };
  }
  const text = record.bytes.toString('utf8');
  if (pointers.length > 0) return { meta: record.meta, content: followPointers(text, pointers) };
  return { meta: record.meta, content: record.meta.kind === 'envelope' ? text : parse(text) };
}

async function showEvent(folder: string, eventId: string): Promise<Shown[]> {
  const { events, records } = await withDatabase(folder, async (connection) => {
    const values = { id: eventId };
    const events = await runSelect(connection, 'select * from event where event_id = $id', values);
    const records = await runSelect(
      connection,
      `select record_id, pointer, part
      from event_record
      where event_id = $id
      order by record_id, pointer, part`,
      values,
    );
    return { events: events.rows, records: records.rows };
  });
  const [event] = events;
  if (event === undefined) {
    throw new CustodyError('NOT_FOUND', `Cannot show "${eventId}": this store has no such event`, {
      hint: 'check --store; event ids stand in the views event and event_record',
    });
  }
  const store = openStore(folder);
  const shown: Shown[] = [{ meta: event, content: null }];
  for (const row of records) {
    const record = await readRecord(store, row.record_id as string);
    const pointer = typeof row.pointer === 'string' ? row.pointer.split('#').filter(Boolean) : [];
    const { meta, ...rest } = toShown(record, pointer);
    shown.push({
      meta: { ...meta, pointer: row.pointer ?? null, part: row.part ?? null },
      ...rest,
    });
  }
  return shown;
}

/** JSON where it is; the text as stored where it is not (YAML, an odd line). */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const help = `
Examples:
  custody show 3f2a9c0d11e4b7a6-17
  custody show '3f2a9c0d11e4b7a6-17#/requestObject/spec'
  custody show event-09ab12cd34ef5678 --format json
  custody show 3f2a9c0d11e4b7a6-17 --raw | sha256sum`;
