import { describe, expect, it } from 'vitest';
import { chainOf, select, type Tables } from './run-case.ts';

const day = '2026-03-01T';
const driver = { kind: 'driver', namespace: 'kube-system', name: 'csi-secrets-store' };
const pod = {
  at: `${day}10:00:00Z`,
  action: 'created',
  namespace: 'payments',
  name: 'api-1',
  uid: 'u1',
  service_account: 'api',
  owner_kind: 'ReplicaSet',
  owner_name: 'api-7d9',
  csi_volumes: [{ volume: 'keys', driver: 'd', secret_provider_class: 'stripe' }],
  containers: [
    { name: 'app', kind: 'container', mounts: [{ volume: 'keys', path: '/k', sub_path: 'key' }] },
    { name: 'side', kind: 'container', mounts: [] },
  ],
};
const status = {
  at: `${day}10:00:05Z`,
  action: 'created',
  effective: true,
  has_body: true,
  namespace: 'payments',
  name: 'api-1-payments-stripe',
  pod_name: 'api-1',
  pod_uid: 'u1',
  secret_provider_class: 'stripe',
  writer_is_driver: true,
  user_agent: 'csi-secrets-store/controller/v1.6.0',
  objects: [{ id: 'key', version: 'R1' }],
};

async function rowsOf(tables: Tables, sql: string) {
  const connection = await chainOf(tables);
  try {
    return await select(connection, sql);
  } finally {
    connection.closeSync();
  }
}

describe('a mount', () => {
  it('begins anew where the driver reports other objects, and not where it repeats them', async () => {
    const rows = await rowsOf(
      {
        fact_pod: [pod, { ...pod, at: `${day}13:00:00Z`, action: 'removed' }],
        fact_mount_status: [
          status,
          { ...status, at: `${day}10:02:00Z`, action: 'changed' },
          {
            ...status,
            at: `${day}12:00:00Z`,
            action: 'changed',
            objects: [{ id: 'key', version: 'R2' }],
          },
        ],
      },
      `select valid_from, valid_to, grade, objects[1].reported_version as reported, containers, pod_containers, owner
      from mount order by valid_from`,
    );
    const containers = [{ container: 'app', kind: 'container', path: '/k', sub_path: 'key' }];
    const both = {
      grade: 'recorded',
      containers,
      pod_containers: ['app', 'side'],
      owner: 'ReplicaSet/api-7d9',
    };
    expect(rows).toEqual([
      expect.objectContaining({
        ...both,
        valid_from: `${day}10:00:05Z`,
        valid_to: `${day}12:00:00Z`,
        reported: 'R1',
      }),
      expect.objectContaining({
        ...both,
        valid_from: `${day}12:00:00Z`,
        valid_to: `${day}13:00:00Z`,
        reported: 'R2',
      }),
    ]);
  });

  it('that only the spec asks for has no grade', async () => {
    const rows = await rowsOf({ fact_pod: [pod] }, 'select valid_from, grade, objects from mount');
    expect(rows).toEqual([{ valid_from: `${day}10:00:00Z`, grade: null, objects: [] }]);
  });
});

describe('a setting of the driver', () => {
  it('holds from change to change, ends with its object, and the first known stands for before', async () => {
    const rows = await rowsOf(
      {
        fact_driver_configuration: [
          { ...driver, at: `${day}01:00:00Z`, action: 'observed', rotation_enabled: false },
          { ...driver, at: `${day}02:00:00Z`, action: 'observed', rotation_enabled: false },
          { ...driver, at: `${day}03:00:00Z`, action: 'changed', rotation_enabled: true },
          { ...driver, at: `${day}04:00:00Z`, action: 'deleted' },
        ],
      },
      `select value, valid_from, valid_to, used_from < valid_from as stands_before from driver_setting
      where setting = 'rotation_enabled' order by valid_from`,
    );
    expect(rows).toEqual([
      {
        value: 'false',
        valid_from: `${day}01:00:00Z`,
        valid_to: `${day}03:00:00Z`,
        stands_before: true,
      },
      {
        value: 'true',
        valid_from: `${day}03:00:00Z`,
        valid_to: `${day}04:00:00Z`,
        stands_before: false,
      },
    ]);
  });
});

describe('what people state', () => {
  it('is read of keys under any prefix, of known purposes alone, and ends with the next file', async () => {
    const labels = { 'example.com/purpose': 'Tool-Execution', 'my/access-review-owner': ' ' };
    const rows = await rowsOf(
      {
        fact_pod: [pod],
        fact_workload: [
          {
            at: `${day}09:00:00Z`,
            action: 'created',
            kind: 'ReplicaSet',
            namespace: 'payments',
            name: 'api-7d9',
            labels,
            annotations: { purpose: 'whatever', 'last-access-review': 'soon' },
          },
        ],
        fact_stewardship: [
          {
            at: `${day}01:00:00Z`,
            team: 'a',
            namespace: 'payments',
            class: 'stripe',
            purpose: 'signing',
          },
          { at: `${day}02:00:00Z`, team: 'a', namespace: 'payments', review_owner: 'leads' },
          { at: `${day}01:30:00Z`, team: 'b', namespace: 'billing', purpose: 'telemetry' },
        ],
      },
      `select attribute, value, rule, preference, valid_to from stewardship order by preference, value`,
    );
    expect(rows).toEqual([
      {
        attribute: 'purpose',
        value: 'tool_execution',
        rule: 'workload label example.com/purpose',
        preference: 3,
        valid_to: null,
      },
      {
        attribute: 'purpose',
        value: 'signing',
        rule: 'custody.yaml of team a',
        preference: 6,
        valid_to: `${day}02:00:00Z`,
      },
      {
        attribute: 'review_owner',
        value: 'leads',
        rule: 'custody.yaml of team a',
        preference: 7,
        valid_to: null,
      },
      {
        attribute: 'purpose',
        value: 'telemetry',
        rule: 'custody.yaml of team b',
        preference: 7,
        valid_to: null,
      },
    ]);
  });
});

describe('a use of a Secret', () => {
  it('is of a Secret that a class fills, and pods without a spec are told beside it', async () => {
    const rows = await rowsOf(
      {
        fact_secret_provider_class: [
          {
            at: `${day}08:00:00Z`,
            action: 'created',
            complete: true,
            namespace: 'payments',
            name: 'stripe',
            provider: 'vault',
            parameters: { objects: [] },
            secret_objects: [{ secretName: 'filled', data: [] }],
          },
        ],
        fact_pod: [
          {
            ...pod,
            secret_references: ['filled', 'other'].map((secret) => ({
              kind: 'env',
              secret,
              container: 'app',
            })),
          },
          {
            at: `${day}09:00:00Z`,
            action: 'created',
            namespace: 'payments',
            name: 'dark',
            uid: 'u2',
          },
        ],
      },
      `select secret, pod, container, kind, null as dark from secret_use
      union all select null, null, null, null, pod from unread_pod order by all`,
    );
    expect(rows).toEqual([
      { secret: 'filled', pod: 'api-1', container: 'app', kind: 'env', dark: null },
      { secret: null, pod: null, container: null, kind: null, dark: 'dark' },
    ]);
  });
});
