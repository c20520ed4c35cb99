import { nanoTime } from '../../../simulate/world/clock.ts';

export type KvValues = Record<string, string | number>;

export interface KvVersion {
  number: number;
  values: KvValues;
  createdAt: number;
  deleted: boolean;
  destroyed: boolean;
}

interface KvMount {
  engine: 1 | 2;
  objects: Map<string, KvVersion[]>;
}

export interface KvPlace {
  mount: KvMount;
  point: string;
  path: string;
}

/** The KV engines of a Vault and what they keep. */
export class KvStore {
  readonly #mounts = new Map<string, KvMount>();

  mount(point: string, engine: 1 | 2): void {
    this.#mounts.set(point, { engine, objects: new Map() });
  }

  /** `secret/payments/stripe` into its mount point and the path below. */
  place(object: string): KvPlace {
    for (const [point, mount] of this.#mounts) {
      if (object.startsWith(`${point}/`)) {
        return { mount, point, path: object.slice(point.length + 1) };
      }
    }
    throw new Error(`no KV mount holds ${object}`);
  }

  versions(object: string): KvVersion[] {
    const { mount, path } = this.place(object);
    return mount.objects.get(path) ?? [];
  }

  /** Adds a version; KV v1 has only ever one. */
  put(object: string, values: KvValues, createdAt: number): KvVersion {
    const { mount, path } = this.place(object);
    const before = mount.engine === 2 ? this.versions(object) : [];
    const version = {
      number: before.length + 1,
      values,
      createdAt,
      deleted: false,
      destroyed: false,
    };
    mount.objects.set(path, [...before, version]);
    return version;
  }
}

/** `metadata` of a read, and the answer to a write. */
export function versionBlock(version: KvVersion): unknown {
  return {
    created_time: nanoTime(version.createdAt, 417),
    custom_metadata: null,
    deletion_time: '',
    destroyed: version.destroyed,
    version: version.number,
  };
}

/** What a read of a deleted or destroyed version answers: no version is visible in it. */
export function goneBlock(version: KvVersion): unknown {
  const body = { request_id: '', data: { data: null, metadata: versionBlock(version) } };
  return {
    http_content_type: 'application/json',
    http_raw_body: JSON.stringify(body),
    http_status_code: 404,
  };
}

/** What shows no value: the version list, the names of the keys, or a listing. */
export function valuelessBlock(
  what: 'metadata' | 'subkeys' | 'list',
  path: string,
  versions: KvVersion[],
): unknown {
  const last = versions.at(-1);
  if (last === undefined) throw new Error(`no such object: ${path}`);
  if (what === 'list') return { keys: [path.split('/').at(-1)] };
  if (what === 'subkeys') {
    const subkeys = Object.fromEntries(Object.keys(last.values).map((key) => [key, null]));
    return { metadata: versionBlock(last), subkeys };
  }
  return {
    cas_required: false,
    current_version: last.number,
    max_versions: 0,
    oldest_version: 1,
    versions: Object.fromEntries(
      versions.map((one) => [String(one.number), { destroyed: one.destroyed, deletion_time: '' }]),
    ),
  };
}
