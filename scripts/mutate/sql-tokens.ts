export interface SqlToken {
  /** A word is in lower case; quoted names and all else are as they stand. */
  text: string;
  kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'symbol';
  from: number;
  to: number;
}

/** What DuckDB's scanner knows, tried in this order; comments and blanks make no token. */
const patterns: readonly [SqlToken['kind'] | 'nothing', RegExp][] = [
  ['nothing', /\s+|--[^\n]*/y],
  ['string', /e'(?:[^'\\]|\\[\s\S]|'')*'/iy],
  ['string', /'(?:[^']|'')*'/y],
  ['string', /\$(\w*)\$[\s\S]*?\$\1\$/y],
  ['name', /"(?:[^"]|"")*"/y],
  ['parameter', /\$\w+|\?\d*/y],
  ['number', /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?/iy],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['symbol', /->>|<=>|!~~|::|:=|=>|->|<=|>=|<>|!=|==|\|\||\/\/|\*\*|<<|>>|&&|@>|<@|\^@|~~|!~/y],
  ['symbol', /[^\s\w'"$]/uy],
];

/**
 * Cuts SQL into tokens, so that a keyword in a comment, a string or a quoted name is none.
 *
 * @throws Error where the text is none that DuckDB would read: an end of a string or comment is missing
 */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      at = endOfComment(sql, at);
      continue;
    }
    const found = firstMatch(sql, at);
    if (!found) throw new Error(`Cannot read the SQL at line ${lineOf(sql, at)}: no token begins`);
    const { kind, text } = found;
    if (kind !== 'nothing') {
      tokens.push({
        text: kind === 'word' ? text.toLowerCase() : text,
        kind,
        from: at,
        to: at + text.length,
      });
    }
    at += text.length;
  }
  return tokens;
}

/** The line of a place in a text, from 1. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

function firstMatch(sql: string, at: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

/** Block comments nest in DuckDB, as in PostgreSQL. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  throw new Error(`Cannot read the SQL at line ${lineOf(sql, start)}: a comment does not end`);
}
