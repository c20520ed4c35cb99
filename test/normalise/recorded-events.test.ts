import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { refreshDatabase } from '../../src/database.ts';
import { landFiles, storeOfKnownKey, withDatabase } from '../helpers/sample-store.ts';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));

// Events that are read from segments are counted without being looked at, and timelines of provider objects
// leave them out: both lean on what is checked here, over wrapped records and those of GKE too.
it('events that lie in segments are as many as is said, and none names an object', async () => {
  const { store, remove } = storeOfKnownKey();
  try {
    const folders = ['k8s_audit', 'gcp_audit', 'vault_audit', 'envelopes'];
    await landFiles(
      store,
      folders.map((folder) => join(samples, folder)),
    );
    await refreshDatabase(store);
    await withDatabase(store, async (connection) => {
      const reader = await connection.runAndReadAll(`
        with lying as (
          select event_id, object from event
          where event_id not in (select event_id from derived_event)
        )
        select
          (select count(*) from event) as counted,
          (select events from event_total) as said,
          (select count(*) from lying) > 50 as has_many,
          (select count(*) from lying where object is not null) as naming`);
      const [row] = reader.getRowObjectsJson();
      expect(row).toEqual({ counted: row?.said, said: row?.counted, has_many: true, naming: '0' });
    });
  } finally {
    remove();
  }
});
