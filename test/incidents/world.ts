import { Clock } from '../../src/simulate/world/clock.ts';
import { Cluster, type ClusterOptions } from '../../src/simulate/world/cluster.ts';
import type { LogLine, ServiceLog } from '../../src/simulate/world/log-line.ts';
import { Random } from '../../src/simulate/world/random.ts';
import { Truth } from '../../src/simulate/world/truth.ts';
import { AkeylessProvider } from '../../src/sources/akeyless/emit/akeyless-provider.ts';
import { AwsProvider } from '../../src/sources/aws_cloudtrail/emit/aws-provider.ts';
import { AzureProvider } from '../../src/sources/azure_key_vault/emit/azure-provider.ts';
import { ConjurProvider } from '../../src/sources/conjur/emit/conjur-provider.ts';
import type { ConjurOptions } from '../../src/sources/conjur/emit/conjur-server.ts';
import { GcpProvider } from '../../src/sources/gcp_audit/emit/gcp-provider.ts';
import type { VaultOptions } from '../../src/sources/vault_audit/emit/vault-options.ts';
import { VaultServer } from '../../src/sources/vault_audit/emit/vault-server.ts';
import type { HolderKind } from './holders.ts';

/** Everything one incident plays in: one clock, one source of chance, one truth. */
export class World {
  readonly random: Random;
  readonly clock: Clock;
  readonly truth = new Truth();
  readonly clusters: Cluster[] = [];
  readonly vaults: VaultServer[] = [];
  /** The logs of what clouds keep credentials in, by the name of the place. */
  readonly clouds: { log: ServiceLog; name: string; lines: LogLine[] }[] = [];
  /** Snapshots beside the logs, by file name; taken at `takenAt`. */
  readonly snapshots: { name: string; text: string; takenAt: string; cluster: string }[] = [];
  /** Logs that were never collected; the truth a case keeps is then what can still be told. */
  readonly missing = new Set<'kubernetes' | ServiceLog>();
  /** How the Kubernetes log reaches us. */
  kubernetesFormat: 'lines' | 'event-list' | 'pretty' = 'lines';
  /** References that are asked about, also those nobody may be named for. */
  readonly objects = new Set<string>();

  /** Holders that are asked about; some that the play had where none is named. */
  readonly holders: { kind: HolderKind; id: string }[] = [];

  /** When the play begins. */
  readonly start: string;

  constructor(seed: number, start = '2026-03-02T08:00:00Z') {
    this.start = start;
    this.random = new Random(seed);
    this.clock = new Clock(start, this.random);
  }

  cluster(
    options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> & { truth?: Truth } = {},
  ): Cluster {
    const { clock, random, truth } = this;
    const made = new Cluster({ truth, ...options, clock, random });
    this.clusters.push(made);
    return made;
  }

  /** A Vault with the mounts and objects that every incident has. */
  vault(options: Omit<VaultOptions, 'clock' | 'random' | 'truth'> = {}): VaultServer {
    const { clock, random, truth } = this;
    const made = new VaultServer({ ...options, clock, random, truth });
    made.mountKv('secret');
    made.seed('secret/reporting/warehouse', [{ dsn: 'warehouse-dsn-1' }]);
    this.vaults.push(made);
    return made;
  }

  /** A vault of Azure, with its provider of the driver. */
  azure(part: { clockSkew?: number; name?: string } = {}): AzureProvider {
    const { clock, random, truth } = this;
    const made = new AzureProvider({ clock, random, truth, clockSkew: 0, ...part });
    this.clouds.push({ log: 'key_vault', name: made.vault.name, lines: made.vault.lines });
    return made;
  }

  /** A project of Google Cloud, with its provider of the driver. */
  gcp(part: { clockSkew?: number; withoutReads?: boolean } = {}): GcpProvider {
    const { clock, random, truth } = this;
    const made = new GcpProvider({ clock, random, truth, clockSkew: 0, ...part });
    this.clouds.push({ log: 'cloud_audit', name: 'shop-prod', lines: made.secrets.lines });
    return made;
  }

  /** A Conjur, with its provider of the driver; in a play of several each has an account. */
  conjur(
    part: Pick<ConjurOptions, 'clockSkew' | 'account' | 'isOneOfSeveral'> = {},
  ): ConjurProvider {
    const { clock, random, truth } = this;
    const made = new ConjurProvider({ clock, random, truth, clockSkew: 0, ...part });
    const { account, lines } = made.server;
    this.clouds.push({ log: 'conjur', name: `conjur-${account}`, lines });
    return made;
  }

  /** An account of Akeyless, with its provider of the driver and what the containers of that say. */
  akeyless(part: { stated?: 'version' | 'constant' | 'nothing' } = {}): AkeylessProvider {
    const { clock, random, truth } = this;
    const said: LogLine[] = [];
    const world = { clock, random, truth, clockSkew: 0, containers: () => said };
    const made = new AkeylessProvider({ ...world, ...part });
    this.clouds.push({ log: 'akeyless', name: 'akeyless', lines: made.account.lines });
    this.clouds.push({ log: 'csi_log', name: 'csi_log', lines: said });
    return made;
  }

  /** An account of AWS, with its provider of the driver. */
  aws(part: { clockSkew?: number; withoutKeys?: boolean } = {}): AwsProvider {
    const { clock, random, truth } = this;
    const made = new AwsProvider({ clock, random, truth, clockSkew: 0, ...part });
    this.clouds.push({ log: 'cloudtrail', name: 'trail', lines: made.trail.lines });
    return made;
  }
}
