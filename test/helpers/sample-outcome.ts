import type { DuckDBConnection } from '@duckdb/node-api';
import { statedRows } from './sample-store.ts';

/** What a sample comes to: its events with the records behind them, its facts, what was set aside. */
export async function outcomeOf(connection: DuckDBConnection): Promise<Record<string, unknown>> {
  const outcome: Record<string, unknown> = {
    events: await statedRows(
      connection,
      `select event.*, list(record.position || ' ' || coalesce(shown.part, '')
          || coalesce(' ' || shown.pointer, '') order by record.position, shown.pointer) as records
      from event
      join event_record as shown using (event_id)
      join record using (record_id)
      group by all order by event."at", event.event_id`,
    ),
  };
  const facts = await connection.runAndReadAll(`select table_name from duckdb_tables()
    where table_name like 'fact%' order by table_name`);
  for (const [table] of facts.getRowsJson()) {
    const name = String(table);
    const rows = await statedRows(
      connection,
      `select * from ${name} order by "at", event_id, to_json(${name})::varchar`,
    );
    if (rows.length > 0) outcome[name] = rows;
  }
  const aside = await statedRows(
    connection,
    'select position, reason from quarantine order by position',
  );
  if (aside.length > 0) outcome.quarantine = aside;
  return outcome;
}
