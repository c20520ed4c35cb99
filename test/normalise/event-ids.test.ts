import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { landFiles, statedRows, storeOfKnownKey, withDatabase } from '../helpers/sample-store.ts';

const received = auditRecord('RequestReceived', '2026-03-02T09:00:00.000000Z');
const complete = auditRecord('ResponseComplete', '2026-03-02T09:00:00.400000Z');

/** Two stages of one request; nothing but the stage tells them apart. */
function auditRecord(stage: string, stageTimestamp: string): string {
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: '5d0f2a3c-0c3e-4b64-9b1d-4f1d0d1f7a10',
    stage,
    requestURI: '/api/v1/namespaces/shop/pods/checkout-0',
    verb: 'get',
    user: { username: 'ana@shop.test' },
    objectRef: { resource: 'pods', namespace: 'shop', name: 'checkout-0', apiVersion: 'v1' },
    requestReceivedTimestamp: '2026-03-02T09:00:00.000000Z',
    stageTimestamp,
  });
}

interface Log {
  lines: readonly string[];
  cluster: string;
}

/** The events of a store in which the logs landed one after the other, each with its records. */
async function eventsOf(logs: readonly Log[]): Promise<Record<string, unknown>[]> {
  const { store, remove } = storeOfKnownKey();
  try {
    for (const [index, { lines, cluster }] of logs.entries()) {
      const path = join(store.folder, `audit-${index}.log`);
      writeFileSync(path, `${lines.join('\n')}\n`);
      await landFiles(store, [path], { source: 'k8s_audit', cluster });
    }
    return await withDatabase(store, (connection) =>
      statedRows(
        connection,
        `select event_id, cluster, count(*)::integer as records, list(distinct part order by part) as parts
        from event
        join event_record using (event_id)
        group by event_id, cluster
        order by cluster, event_id`,
      ),
    );
  } finally {
    remove();
  }
}

describe('the id of an event', () => {
  it('stays when its record lands again, in another file and with its other stage', async () => {
    const [alone] = await eventsOf([{ lines: [complete], cluster: 'prod' }]);
    expect(alone).toMatchObject({ cluster: 'prod', records: 1, parts: ['ResponseComplete'] });

    expect(
      await eventsOf([
        { lines: [complete], cluster: 'prod' },
        { lines: [received, complete], cluster: 'prod' },
      ]),
    ).toEqual([{ ...alone, records: 3, parts: ['RequestReceived', 'ResponseComplete'] }]);
  });

  it('is another in another cluster, though the bytes are the same', async () => {
    const events = await eventsOf([
      { lines: [complete], cluster: 'prod' },
      { lines: [complete], cluster: 'stage' },
    ]);
    expect(events.map(({ cluster, records }) => ({ cluster, records }))).toEqual([
      { cluster: 'prod', records: 1 },
      { cluster: 'stage', records: 1 },
    ]);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2);
  });
});
