// Where things lie in the memory of the module. Its host (../plain-lines.ts) writes the window and the
// rules, and reads the rows.

/** Bytes that are scanned at a time: few enough to stay in the cache of a core while they are. */
export const windowBytes: i32 = 1048576;
// Vectors are read from two bytes before a text to 16 behind it, so there is room on both sides. What
// lies behind the window is zero: a control character ends every loop there.
const before: usize = 64;
const behind: i32 = 64;
const room: usize = memory.data(64 + 1048576 + 64);

/** The first byte of the window. */
export const windowStart: usize = room + before;

/**
 * More rows than that are left to the next call. Not a power of two: the values of one row, a column
 * apart, would all meet in the same few lines of the processor's cache.
 */
export const rowsMax: i32 = 4100;
/** Start and end of each row in the window, two 32-bit numbers. */
export const rowsStart: usize = memory.data(8 * 4100);

/** The values of the rows, column by column: sixteen bytes each, as `values.ts` writes them. */
export const valuesStart: usize = memory.data(64 * 16 * 4100, 16);
/** How many columns there is room for. */
export const columnsMax: i32 = 64;

/** The compiled rules of the source, 64 KiB: words, texts and what they mean. */
export const rulesStart: usize = memory.data(65536, 16);

/** Fills the room behind `length` bytes of the window with zeros. */
export function endWindow(length: i32): void {
  memory.fill(windowStart + length, 0, behind);
}
