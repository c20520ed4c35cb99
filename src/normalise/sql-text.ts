/** A text as SQL writes it; only for what no parameter can carry, such as the files of a view. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A list of texts as SQL writes it. */
export function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}
