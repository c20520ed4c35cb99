import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { landFiles, statedRows, storeOfKnownKey, withDatabase } from '../helpers/sample-store.ts';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const observedAt = '2026-03-02T12:00:00Z';

type Lands = (path: string, source: string) => Promise<void>;

/** The rows of a query over a store that `land` filled. */
async function rowsAfter(land: (lands: Lands, folder: string) => Promise<void>, sql: string) {
  const { store, remove } = storeOfKnownKey();
  try {
    await land((path, source) => landFiles(store, [path], { source, observedAt }), store.folder);
    return await withDatabase(store, (connection) => statedRows(connection, sql));
  } finally {
    remove();
  }
}

describe('values of Secrets', () => {
  it('are equal in data, in stringData and in base64 however it was written', async () => {
    const rows = await rowsAfter(
      async (lands) => {
        await lands(join(samples, 'k8s_audit', 'secrets.jsonl'), 'k8s_audit');
        await lands(join(samples, 'k8s_objects', 'secrets.yaml'), 'k8s_objects');
      },
      `with each as (
        select name, unnest(map_entries(field_values)) as entry
        from fact_kubernetes_secret
        where name in ('stripe-copy', 'stripe-file', 'written', 'encoded')
      )
      select entry.value as value, list(name || ' ' || entry.key order by name, entry.key) as places
      from each where entry.value is not null group by entry.value order by places`,
    );
    expect(rows.map(({ places }) => places)).toEqual([
      [
        'encoded api_key',
        'encoded block',
        'encoded quoted',
        'stripe-copy api_key',
        'stripe-file api_key',
        'stripe-file folded',
        'written api_key',
        'written quoted',
      ],
      // With a line end behind it, it is another value.
      [
        'encoded line_end',
        'stripe-copy note',
        'stripe-file both',
        'stripe-file note',
        'written block',
      ],
    ]);
    for (const { value } of rows) expect(value).toMatch(/^redacted:hmac-sha256:[0-9a-f]{64}$/);
  });
});

describe('a declared copy', () => {
  it('finds its store in a snapshot', async () => {
    const store = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: team }
spec: { provider: { vault: { path: kv, version: v2, namespace: team-a } } }
`;
    const declaration = {
      kind: 'Event',
      auditID: '5e000000-0000-4000-8000-000000000001',
      level: 'Request',
      stage: 'ResponseComplete',
      verb: 'create',
      requestURI: '/apis/external-secrets.io/v1/namespaces/shop/externalsecrets',
      user: { username: 'ana@shop.test' },
      objectRef: { resource: 'externalsecrets', namespace: 'shop', name: 'stripe' },
      responseStatus: { code: 201 },
      requestObject: {
        kind: 'ExternalSecret',
        metadata: { name: 'stripe' },
        spec: {
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'team' },
          dataFrom: [{ extract: { key: 'payments/stripe' } }],
        },
      },
      requestReceivedTimestamp: '2026-03-02T10:00:00.000000Z',
      stageTimestamp: '2026-03-02T10:00:00.004000Z',
    };
    const rows = await rowsAfter(async (lands, folder) => {
      const paths = { log: join(folder, '..', 'a.log'), store: join(folder, '..', 'b.yaml') };
      writeFileSync(paths.log, `${JSON.stringify(declaration)}\n`);
      writeFileSync(paths.store, store);
      await lands(paths.log, 'k8s_audit');
      await lands(paths.store, 'k8s_objects');
    }, 'select target_secret, objects from fact_secret_copy');
    expect(rows).toEqual([
      { target_secret: 'stripe', objects: ['vault:team-a:kv/payments/stripe'] },
    ]);
  });
});
