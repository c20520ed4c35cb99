const gibibyte = 1024 ** 3;
const ratioMax = 200;

/**
 * How many bytes may come out of an input of which so many compressed bytes were read: a few kilobytes can
 * hold terabytes of zeros.
 *
 * @param asked the user's own limit, null where there is none
 */
export function decompressionLimit(asked: number | null, compressedBytes: number): number {
  return asked ?? Math.max(gibibyte, ratioMax * compressedBytes);
}

/** What is said of an input that reached it. */
export function limitReached(limitBytes: number): string {
  return `decompression stopped at its limit of ${limitBytes} bytes`;
}
