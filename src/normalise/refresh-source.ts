import type { DuckDBConnection } from '@duckdb/node-api';
import type { Store } from '../landing/store.ts';
import type { Progress } from './refresh.ts';
import type { SourceSql } from './source-sql.ts';
import { list, text } from './sql-text.ts';
import { viewRecords } from './store-views.ts';

/** Which batches brought records of a source that the database does not have yet; `all`: make it anew. */
export type Arrived = ReadonlySet<string> | 'all';

/**
 * Events and facts of one source, from the records that arrived and those that they touch.
 *
 * Events are made whole from all their records, whenever those came, so what an earlier refresh made of a
 * touched record is removed first. A source without `touched.sql` is made anew from all its records.
 */
export async function refreshSource(
  connection: DuckDBConnection,
  store: Store,
  source: SourceSql,
  arrived: Arrived,
  progress: Progress,
): Promise<void> {
  if (arrived !== 'all') progress(`events of ${source.id}, new batches: ${arrived.size}`);
  if (arrived === 'all' || !(await takeWhatArrived(connection, store, source, arrived))) {
    progress(`events of ${source.id}`);
    await takeAll(connection, store, source);
  }
  await connection.run(source.events);
  await flagEvents(connection, source);
  progress(`facts of ${source.id}`);
  for (const fact of source.facts) await connection.run(fact.sql);
  await dropStagesOf(connection, source);
}

/** `<source>_record`: every record, each as one that arrived; what was made of them before is gone. */
async function takeAll(
  connection: DuckDBConnection,
  store: Store,
  source: SourceSql,
): Promise<void> {
  await clearSource(connection, source);
  await viewArrived(connection, store, source, 'all');
  if (source.recordedEvents !== null) await connection.run(source.recordedEvents);
  if (source.incremental !== null) await connection.run(source.incremental.arrived);
}

/**
 * `<source>_record`: the records that arrived, and those of earlier batches that they touch. What was made of
 * the touched ones is taken back.
 *
 * @returns false where what arrived changes more than that: then the source has to be made anew
 */
async function takeWhatArrived(
  connection: DuckDBConnection,
  store: Store,
  source: SourceSql,
  arrived: ReadonlySet<string>,
): Promise<boolean> {
  const { id, incremental } = source;
  if (incremental === null) return false;
  await viewArrived(connection, store, source, arrived);
  if (source.recordedEvents !== null) await connection.run(source.recordedEvents);
  await connection.run(incremental.arrived);
  const near = await batchesBeside(connection, id, arrived);
  await viewRecords(connection, store, source, { name: `${id}_earlier`, only: near });
  await connection.run(incremental.touched);
  if ((await columnOf(connection, `select 1 from ${id}_unsettled limit 1`)).size > 0) return false;
  const again = await columnOf(connection, `select distinct batch_id from ${id}_touched`);
  if (again.size === 0) return true;
  await viewRecords(connection, store, source, { name: `${id}_earlier`, only: again });
  await connection.run(`create or replace temp view ${id}_record as
    select *, true as arrived from ${id}_arrived
    union all by name
    select *, false as arrived from ${id}_earlier
    where record_id in (select record_id from ${id}_touched)`);
  for (const table of await tablesWith(connection, 'event_id')) {
    await connection.run(
      `delete from ${table} where event_id in (select event_id from ${id}_touched)`,
    );
  }
  return true;
}

/** `<source>_arrived`, and until it is known what that touches, `<source>_record` as the same. */
async function viewArrived(
  connection: DuckDBConnection,
  store: Store,
  source: SourceSql,
  arrived: Arrived,
): Promise<void> {
  await viewRecords(connection, store, source, { name: `${source.id}_arrived`, only: arrived });
  await connection.run(`create or replace temp view ${source.id}_record as
    select *, true as arrived from ${source.id}_arrived`);
}

/** The batches of a source that did not arrive now and cover the time of one that did. */
async function batchesBeside(
  connection: DuckDBConnection,
  id: string,
  arrived: ReadonlySet<string>,
): Promise<Set<string>> {
  const batches = list([...arrived]);
  return await columnOf(
    connection,
    `select distinct earlier.batch_id
    from ${id}_batch_span as earlier
    join ${id}_batch_span as newer
      on earlier.first_at <= newer.last_at and earlier.last_at >= newer.first_at
    where newer.batch_id in ${batches} and earlier.batch_id not in ${batches}`,
  );
}

/** Removes everything that a source ever stated. */
async function clearSource(connection: DuckDBConnection, source: SourceSql): Promise<void> {
  const { id, incremental } = source;
  await connection.run(`
    delete from derived_event_record
    where event_id in (select event_id from derived_event where source = ${text(id)})`);
  for (const table of await tablesWith(connection, 'source')) {
    await connection.run(`delete from ${table} where source = ${text(id)}`);
  }
  for (const table of incremental?.tables ?? []) await connection.run(`delete from ${table}`);
}

/** The tables of what sources state that have such a column; `batch` tells of what was landed. */
async function tablesWith(connection: DuckDBConnection, column: string): Promise<Set<string>> {
  return await columnOf(
    connection,
    `select table_name
    from duckdb_columns()
    where column_name = ${text(column)} and database_name = current_database()
      and (starts_with(table_name, 'fact_') or table_name in
        ('derived_event', 'derived_event_record', 'flagged_event', 'stream_interval', 'log_minute', 'log_level'))
    order by table_name`,
  );
}

async function columnOf(connection: DuckDBConnection, sql: string): Promise<Set<string>> {
  const reader = await connection.runAndReadAll(sql);
  return new Set(reader.getRowsJson().map(([value]) => String(value)));
}

async function flagEvents(connection: DuckDBConnection, source: SourceSql): Promise<void> {
  const events = [
    `select event_id, source, cluster, "at", flags from derived_event
    where source = ${text(source.id)}`,
  ];
  if (source.recordedEvents !== null) {
    events.push(`select event_id, source, cluster, "at", flags from ${source.id}_recorded_event`);
  }
  await connection.run(`
    insert into flagged_event
    select event_id, source, cluster, "at", unnest(flags)
    from (${events.join(' union all ')})
    where len(flags) > 0
      and event_id not in (select event_id from flagged_event)`);
}

/** What a source kept between its steps is of no use behind the facts, and memory is. */
async function dropStagesOf(connection: DuckDBConnection, source: SourceSql): Promise<void> {
  const reader = await connection.runAndReadAll(`
    select table_name from duckdb_tables()
    where temporary and starts_with(table_name, ${text(`${source.id}_`)})
    order by table_name`);
  for (const [name] of reader.getRowsJson()) {
    await connection.run(`drop table temp."${String(name).replaceAll('"', '""')}"`);
  }
}
