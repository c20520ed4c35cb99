import { CustodyError } from './errors.ts';

const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;
const relative = /^-(\d{1,6})(s|m|h|d|w)$/;
const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/**
 * Reads a point in time as a person gives it: RFC 3339 with a zone, or a relative `-6h`.
 *
 * A date alone is refused: whose midnight it means is exactly what an incident turns on.
 *
 * @param option the option it was given to, named in the error
 * @returns microseconds since 1970-01-01T00:00:00Z
 */
export function parseTime(text: string, option: string, now: Date = new Date()): bigint {
  const ago = relative.exec(text);
  if (ago) {
    const seconds = Number(ago[1]) * unitSeconds[ago[2] as keyof typeof unitSeconds];
    return BigInt(now.getTime() - seconds * 1000) * 1000n;
  }
  const parts = rfc3339.exec(text);
  const milliseconds = parts ? readInstant(parts) : Number.NaN;
  if (!parts || Number.isNaN(milliseconds)) {
    throw new CustodyError('BAD_OPTION', `Cannot read ${option} "${text}": ${stateOf(text)}`, {
      hint: `write ${option} 2026-03-01T14:00:00Z, or relative to now: ${option}=-6h (s, m, h, d, w)`,
    });
  }
  const fraction = BigInt((parts[3] ?? '').slice(0, 6).padEnd(6, '0'));
  return BigInt(milliseconds) * 1000n + fraction;
}

/** Writes microseconds since the epoch as RFC 3339 in UTC, with a fraction only where there is one. */
export function formatTime(micros: bigint): string {
  const second = floorDivide(micros, 1_000_000n);
  const fraction = micros - second * 1_000_000n;
  const base = new Date(Number(second) * 1000).toISOString().replace(/\.000Z$/, '');
  if (fraction === 0n) return `${base}Z`;
  const digits = fraction.toString().padStart(6, '0');
  return `${base}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

function readInstant(parts: RegExpExecArray): number {
  const [, day, clock, , zone] = parts;
  const local = Date.parse(`${day}T${clock}Z`);
  // Date.parse turns 30 February into 2 March without a word.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${day}T${clock}`)) {
    return Number.NaN;
  }
  return Date.parse(`${day}T${clock}${zone?.toUpperCase()}`);
}

function stateOf(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'a date alone leaves open which hour and zone';
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text))
    return 'the zone is missing';
  return 'neither an RFC 3339 time nor a relative one';
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
