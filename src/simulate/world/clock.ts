import type { Random } from './random.ts';

/**
 * The time of a played world, in whole microseconds since 1970: the API server stamps microseconds,
 * Vault nanoseconds. Every step of the play moves it on, so that no two requests share a stamp.
 */
export class Clock {
  now: number;
  readonly #random: Random;

  constructor(start: string, random: Random) {
    this.now = Date.parse(start) * 1000;
    this.#random = random;
  }

  pass(seconds: number): void {
    this.now += Math.round(seconds * 1_000_000);
  }

  passMinutes(minutes: number): void {
    this.pass(minutes * 60);
  }

  /** Some milliseconds later: how long a request and its neighbours take. */
  tick(): number {
    this.now += this.#random.integer(2_000, 9_000);
    return this.now;
  }
}

/** `2026-03-02T08:00:00.123456Z`, as the API server writes audit stamps. */
export function microTime(microseconds: number): string {
  const whole = new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, -1);
  return `${whole}${String(Math.floor(microseconds) % 1000).padStart(3, '0')}Z`;
}

/** `2026-03-02T08:00:00Z`, as `metadata.creationTimestamp` is written. */
export function secondTime(microseconds: number): string {
  return `${new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, 19)}Z`;
}

/** Go's RFC3339Nano: as many fraction digits as are not zero at the end. */
export function nanoTime(microseconds: number, nanoseconds: number): string {
  const digits = `${microTime(microseconds).slice(20, 26)}${String(nanoseconds).padStart(3, '0')}`;
  const fraction = digits.replace(/0+$/, '');
  const second = secondTime(microseconds).slice(0, -1);
  return fraction === '' ? `${second}Z` : `${second}.${fraction}Z`;
}
