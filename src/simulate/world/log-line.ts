/** One line of a log, and whether the truth rests on it: only the others may be damaged. */
export interface LogLine {
  text: string;
  needed: boolean;
  /** Which API server or audit device wrote it. */
  writer: number;
  /** A RequestReceived line, or a Vault request line: some logs leave them out. */
  opening: boolean;
}

/** A log that somebody might not have collected. */
export interface OneLog {
  log: 'kubernetes' | 'vault' | 'snapshot';
  /** Whose Kubernetes log or snapshot. */
  cluster?: string;
}
