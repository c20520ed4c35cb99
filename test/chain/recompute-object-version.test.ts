import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import {
  recomputeObjectVersion,
  recomputeObjectVersions,
} from '../../src/chain/recompute-object-version.ts';

const key = Buffer.from([...Array(32).keys()]);
const configuration =
  '{"ObjectName":"secret-1","SecretPath":"secret/data/kv1","SecretKey":"bar1","Method":"",' +
  '"SecretArgs":null,"FilePermission":0,"Encoding":""}';
const reported = '1wITaBUR0EhhCKMWo6xfjA_CRmbOkSr8jtzZxlW1OK8=';

describe('recomputeObjectVersion', () => {
  it('gives what the Vault CSI provider reports', () => {
    expect(recomputeObjectVersion(configuration, Buffer.from('hello1'), key)).toBe(reported);
  });

  it('changes with value, key and configuration', () => {
    const versions = [
      recomputeObjectVersion(configuration, Buffer.from('hello2'), key),
      recomputeObjectVersion(configuration, Buffer.from('hello1'), Buffer.alloc(32)),
      recomputeObjectVersion(configuration.replace('bar1', 'bar2'), Buffer.from('hello1'), key),
    ];
    expect(new Set([reported, ...versions]).size).toBe(4);
  });
});

describe('recomputeObjectVersions', () => {
  it('goes over the configurations of the objects asked for', async () => {
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run(`create table object_configuration as
      select 'prod' as cluster, 'payments' as namespace, 'api' as class, 'secret-1' as object_id,
        '${configuration}' as configuration, unnest(['vault:secret/kv1', 'vault:other']) as object,
        'bar1' as field`);
    const of = (objects: string[] | null) =>
      recomputeObjectVersions(connection, objects, Buffer.from('hello1'), key);
    expect(await of(['vault:secret/kv1'])).toEqual([
      {
        cluster: 'prod',
        namespace: 'payments',
        class: 'api',
        object_id: 'secret-1',
        object: 'vault:secret/kv1',
        field: 'bar1',
        reported_version: reported,
      },
    ]);
    expect(await of(null)).toHaveLength(2);
    expect(await of([])).toEqual([]);
    connection.closeSync();
    instance.closeSync();
  });
});
