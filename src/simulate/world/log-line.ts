/** One line of a log, and whether the truth rests on it: only the others may be damaged. */
export interface LogLine {
  text: string;
  /** When it was written, in microseconds by the world's clock. */
  at: number;
  needed: boolean;
  /** Which API server or audit device wrote it. */
  writer: number;
  /** A RequestReceived line, or a Vault request line: some logs leave them out. */
  opening: boolean;
}

/** Where the lines of a log go: an array keeps them, a file has to put them in order. */
export interface LineSink {
  push(line: LogLine): unknown;
}

/** Logs of services that keep credentials, and of the containers that fetch them. */
export type ServiceLog =
  | 'vault'
  | 'key_vault'
  | 'cloudtrail'
  | 'cloud_audit'
  | 'conjur'
  | 'akeyless'
  | 'csi_log';

/** A log that somebody might not have collected. */
export interface OneLog {
  log: 'kubernetes' | 'snapshot' | ServiceLog;
  /** Whose Kubernetes log or snapshot. */
  cluster?: string;
}
