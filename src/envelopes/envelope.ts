/** A JSON object as a wrapper gives it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a wrapper carries: a value at a JSON pointer (RFC 6901) below the wrapper. */
export interface Carried {
  pointer: string;
  value: unknown;
}

/** A prefix that was taken from a line. */
interface Stripped {
  rest: string;
  /** The line is a piece of a longer one. */
  partial?: true;
}

/**
 * What a shipper or a cloud puts around records of others. It opens what it recognises by content and
 * says where the carried values lie; what they are is told by the log sources, or by the next wrapper.
 */
export interface Envelope {
  id: string;
  title: string;
  /** By what it is recognised, for people. */
  recognised_by: readonly string[];
  documents: readonly { title: string; url: string }[];
  /**
   * `first`: before any log source is, since what it opens would pass for a record of one; `last`: after
   * the wrappers that promise more.
   */
  asked?: 'first' | 'last';
  /** The values that an object carries, none for a wrapper that is empty; null where it is no such wrapper. */
  open?(value: JsonObject): readonly Carried[] | null;
  /** What stands behind the prefix of a line; null where it has no such prefix. */
  strip?(line: string): Stripped | null;
}

/** The member of an object, where it is an object itself. */
export function objectAt(value: JsonObject, key: string): JsonObject | null {
  const member = value[key];
  return isObject(member) ? member : null;
}

/** The member of an object, where it is a text. */
export function textAt(value: JsonObject, key: string): string | null {
  const member = value[key];
  return typeof member === 'string' ? member : null;
}

/** The elements of a list, each with its pointer; none where there is no list. */
export function elementsAt(value: JsonObject, key: string, below = ''): Carried[] {
  const member = value[key];
  if (!Array.isArray(member)) return [];
  return member.map((element, index) => ({ pointer: `${below}/${key}/${index}`, value: element }));
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
