import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Normaliser } from '../landing/landing-context.ts';
import { unwrapVersion } from '../landing/wrapped/unwrap-record.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { sources } from '../sources/index.ts';
import { overColumns, overText } from './staged-columns.ts';

const sourcesFolder = fileURLToPath(new URL('../sources/', import.meta.url));
const normaliseFolder = fileURLToPath(new URL('./', import.meta.url));

/** The SQL of one source, as its folder holds it. */
export interface SourceSql {
  id: string;
  /** One row of `landed`, as a segment has it, to one row of typed columns. */
  normalise: string;
  /** The same where landing read the source's columns already. */
  normaliseColumns: string;
  /** Names that SQL, so that a segment tells which one wrote its columns. */
  version: string;
  /** Records to events, or to those of them that no single record is. */
  events: string;
  /** A view of the events that are a record each, which stay in the segments; null where none is. */
  recordedEvents: string | null;
  /**
   * Records of this source that are records of another one in another form, by that one's id: a query of the
   * columns that the other's normaliser gives. They make no events here.
   */
  asRecordsOf: { id: string; sql: string }[];
  /** Events to facts, one statement a fact table. */
  facts: { table: string; sql: string }[];
  /** How records that arrive join those that are there; null: of all the records, everything is made anew. */
  incremental: IncrementalSql | null;
}

/** Of a source whose events and facts each follow from few records, which `<source>_batch_span` finds. */
interface IncrementalSql {
  /** Its own tables, which live as long as the database. */
  kept: string;
  tables: string[];
  /** What it keeps of each batch, from `<source>_arrived`; its span of time among it. */
  arrived: string;
  /**
   * `<source>_touched`: the records of `<source>_earlier` that have to be read again with those that
   * arrived, and the events they were; takes back what its own tables have of them.
   * `<source>_unsettled` has a row where more than that changes.
   */
  touched: string;
}

let cached: SourceSql[] | undefined;

/** The SQL of every source, ordered by id. */
export function sourceSql(): readonly SourceSql[] {
  cached ??= readdirSync(sourcesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((id) => existsSync(join(sourcesFolder, id, 'normalise.sql')))
    .sort()
    .map(readSource);
  return cached;
}

/** What turns a record of a source into typed columns, and the name of that version. */
export function normaliserOf(sourceId: string): Normaliser {
  if (sourceId === wrappedId) return wrappedNormaliser();
  const source = sourceSql().find((candidate) => candidate.id === sourceId);
  if (source === undefined) throw new Error(`no source is called ${sourceId}`);
  return { sql: source.normaliseColumns, version: source.version };
}

/**
 * Of wrapped records: they have no columns but those of the records in them, which follow from the wrappers
 * that are known and from the sources.
 */
function wrappedNormaliser(): Normaliser {
  const inner = sourceSql().filter(({ id }) =>
    sources.find((each) => each.id === id)?.formats.some((format) => format !== 'yaml'),
  );
  const hash = createHash('sha256').update(unwrapVersion);
  for (const { id, version } of inner) hash.update(`\n${id} ${version}`);
  return {
    sql: 'select * exclude (text, observed_at) from landed',
    version: hash.digest('hex').slice(0, 16),
    inner: Object.fromEntries(inner.map(({ id, normaliseColumns }) => [id, normaliseColumns])),
  };
}

/** A file of SQL of this folder. */
export function stageSql(name: string): string {
  return readFileSync(join(normaliseFolder, name), 'utf8');
}

function readSource(id: string): SourceSql {
  const folder = join(sourcesFolder, id);
  const typed = readFileSync(join(folder, 'normalise.sql'), 'utf8').trim().replace(/;$/, '');
  const columns = sources.find((source) => source.id === id)?.columns;
  const normalise = overText(typed, columns);
  const factsFolder = join(folder, 'facts');
  return {
    id,
    normalise,
    normaliseColumns: overColumns(typed),
    version: createHash('sha256').update(normalise).digest('hex').slice(0, 16),
    events: readFileSync(join(folder, 'events.sql'), 'utf8'),
    recordedEvents: readRecordedEvents(folder),
    asRecordsOf: readAsRecordsOf(folder),
    facts: readdirSync(factsFolder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => ({
        table: name.slice(0, -'.sql'.length),
        sql: readFileSync(join(factsFolder, name), 'utf8'),
      })),
    incremental: readIncremental(folder),
  };
}

function readIncremental(folder: string): IncrementalSql | null {
  if (!existsSync(join(folder, 'kept.sql'))) return null;
  const [kept = '', arrived = '', touched = ''] = ['kept', 'arrived', 'touched'].map((name) =>
    readFileSync(join(folder, `${name}.sql`), 'utf8'),
  );
  const tables = [...kept.matchAll(/^create table (\w+)/gm)].map(([, name]) => name ?? '');
  return { kept, tables, arrived, touched };
}

function readAsRecordsOf(folder: string): SourceSql['asRecordsOf'] {
  return readdirSync(folder)
    .map((name) => /^as-(\w+)[.]sql$/.exec(name))
    .filter((found) => found !== null)
    .map(([name, id = '']) => ({ id, sql: readFileSync(join(folder, name), 'utf8') }));
}

function readRecordedEvents(folder: string): SourceSql['recordedEvents'] {
  const path = join(folder, 'recorded-events.sql');
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
