/**
 * The exit codes of every command: 0 fine (also with quarantined records), 1 findings where --fail-on
 * asked for it, 2 failure or interruption.
 */
export const exitCode = { fine: 0, findings: 1, failure: 2 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
