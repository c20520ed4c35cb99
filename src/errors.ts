/** Every failure that Custody expects, by name; documented in README.md, "Exit codes and errors". */
export const errorCodes = [
  'BAD_OPTION',
  'NOT_FOUND',
  'AMBIGUOUS',
  'UNREADABLE_INPUT',
  'LIMIT_REACHED',
  'STORE_UNUSABLE',
  'STORE_NEWER',
  'STORE_LOCKED',
  'STORE_DAMAGED',
  'NOT_WRITABLE',
  'QUERY_REFUSED',
  'QUERY_FAILED',
  'INTERRUPTED',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * A failure of the world around the program: bad input, a full disk, a locked store.
 *
 * The message reads `Cannot <do what> "<thing>": <state>` without a final period and never quotes
 * record text, which may hold a live credential. The hint names what helps. Everything else that is
 * thrown is a fault of the program and keeps its stack.
 */
export class CustodyError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CustodyError';
    this.code = code;
    this.hint = options.hint;
  }
}
