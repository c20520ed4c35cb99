const refresh_ms = 100;
const plain_ms = 10_000;

/** One line that is rewritten on a terminal, and written anew every ten seconds elsewhere. */
export class ProgressLine {
  readonly #quiet: boolean;
  readonly #terminal = process.stderr.isTTY === true;
  #shown_at = performance.now();
  #drawn = false;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  /** Shows the line if enough time has passed since the last; cheap to call often. */
  update(line: () => string): void {
    const now = performance.now();
    const pause = this.#terminal ? refresh_ms : plain_ms;
    if (this.#quiet || now - this.#shown_at < pause) return;
    this.#shown_at = now;
    if (!this.#terminal) {
      process.stderr.write(`${line()}\n`);
      return;
    }
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r\u001b[K${line().slice(0, width - 1)}`);
    this.#drawn = true;
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#drawn) process.stderr.write('\r\u001b[K');
    this.#drawn = false;
  }
}
