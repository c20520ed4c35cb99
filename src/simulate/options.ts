import type { Blemishes } from './log-file.ts';

/** What is played, and what the logs of it look like. */
export interface SimulationOptions {
  seed: number;
  /** Folder to write to; there must be nothing in it. */
  out: string;
  clusters: number;
  /** Teams of a cluster: a namespace each, with its workloads and credentials. */
  namespaces: number;
  days: number;
  /** Microseconds since 1970. */
  start: number;
  /** Lines of all logs together, about; noise fills what the acts leave. */
  events: number;
  /** Acts of people and thieves, the refused ones among them. */
  incidents: number;
  /** How often the driver polls each mount. */
  poll_minutes: number;
  /** `full`: bodies of all writes; `managed`: none of custom resources, as managed clouds have it. */
  audit_policy: 'full' | 'managed';
  /** Seconds by which the provider's clock is ahead of the clusters'. */
  clock_skew_seconds: number;
  file_bytes_max: number;
  blemishes: Blemishes;
  /** Logs that were never collected: `vault_audit`, or `k8s_audit:prod-eu`. */
  without: readonly string[];
  /** Keeps what an examination of the answer wants beside the truth file; it grows with the logs. */
  keeps_details?: boolean;
}

/** Where a run is, for whoever waits. */
export interface SimulationProgress {
  at: number;
  lines: number;
}
