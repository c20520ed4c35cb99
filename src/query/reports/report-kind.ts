/** A key question of a report: the canned query that answers it, and the logs it rests on. */
export interface ReportQuestion {
  /** Id of a query of the library; its own question is the one that the report asks. */
  query: string;
  /** The columns by which its rows are told apart, for what changed since; none: by the whole row. */
  key: readonly string[];
  /** Paths as `coverage/paths` names them: what they cover decides between answered and partial. */
  paths: readonly string[];
}

/** A kind of report: its questions in the order in which a reviewer reads them. */
export interface ReportKind {
  title: string;
  questions: readonly ReportQuestion[];
  /** Whether it is about objects that have to be named; others are about all that the store has. */
  named?: true;
}
