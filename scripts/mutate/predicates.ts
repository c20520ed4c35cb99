import { lineOf, type SqlToken, sqlTokens } from './sql-tokens.ts';

type Clause = 'where' | 'having' | 'qualify' | 'filter' | 'on';

/** A predicate that a mutant does without. */
export interface Predicate {
  clause: Clause;
  /** The predicate in one line, without comments. */
  text: string;
  line: number;
  from: number;
  to: number;
  /** What stands in its place: nothing to ask among conjuncts, nothing to find among disjuncts. */
  instead: string;
}

/** Tokens of one clause's condition, or of a part of it. */
type Span = readonly SqlToken[];

const openers = new Set(['(', '[', '{', 'case']);
const closers = new Set([')', ']', '}', 'end']);
const clauseEnds = new Set(
  'select where having qualify window limit offset union intersect except fetch using ;'.split(' '),
);
const joinWords = new Set(
  'join left right inner full outer cross natural asof positional semi anti on ,'.split(' '),
);

/**
 * Finds every predicate of a statement that can be removed by itself: each operand of `and` and `or` in
 * each `where`, `having`, `qualify`, `filter (where …)` and `on`, down through parentheses and `not`.
 *
 * The first equality of a join stays: without it there is no join. What stands inside a function's
 * parentheses or a `case` is a part of its predicate.
 */
export function findPredicates(sql: string): Predicate[] {
  const tokens = sqlTokens(sql);
  return tokens
    .flatMap((token, index) => {
      const clause = clauseAt(tokens, index);
      if (clause === undefined) return [];
      const condition = conditionAfter(tokens, index, clause);
      const kept = clause === 'on' ? firstEquality(condition) : undefined;
      return operandsOf(condition)
        .filter(({ span }) => span[0] === undefined || span[0] !== kept?.[0])
        .map((operand) => ({ ...operand, clause, keyword: token }));
    })
    .filter(({ span }) => !isConstant(span))
    .map(({ span, instead, alone, clause, keyword }) => {
      // A qualify without a window function is none, so that one goes with its keyword.
      const first = clause === 'qualify' && alone ? keyword : span[0];
      return {
        clause,
        text: inOneLine(sql, span),
        line: lineOf(sql, span[0]?.from ?? 0),
        from: first?.from ?? 0,
        to: span.at(-1)?.to ?? 0,
        instead: clause === 'qualify' && alone ? '' : instead,
      };
    })
    .sort((left, right) => left.from - right.from || right.to - left.to);
}

/** The statement without one of its predicates; all lines stay where they are. */
export function without(sql: string, predicate: Predicate): string {
  const removed = sql.slice(predicate.from, predicate.to).replace(/[^\n]/g, '');
  return sql.slice(0, predicate.from) + predicate.instead + removed + sql.slice(predicate.to);
}

function clauseAt(tokens: Span, index: number): Clause | undefined {
  const token = tokens[index];
  const before = tokens[index - 1];
  if (token?.kind !== 'word' || before?.text === '.') return undefined;
  switch (token.text) {
    case 'where':
      return before?.text === '(' && tokens[index - 2]?.text === 'filter' ? 'filter' : 'where';
    case 'having':
    case 'qualify':
      return token.text;
    case 'on':
      return before?.text === 'distinct' ? undefined : 'on';
    default:
      return undefined;
  }
}

function conditionAfter(tokens: Span, index: number, clause: Clause): Span {
  let depth = 0;
  let end = index + 1;
  while (end < tokens.length && !(depth === 0 && endsCondition(tokens, end, clause))) {
    depth += depthStep(tokens, end);
    end += 1;
  }
  const condition = tokens.slice(index + 1, end);
  return clause === 'on' ? unwrapped(condition) : condition;
}

function endsCondition(tokens: Span, index: number, clause: Clause): boolean {
  const { text, kind } = tokens[index] as SqlToken;
  if (kind !== 'symbol' && (kind !== 'word' || tokens[index - 1]?.text === '.')) return false;
  if (closers.has(text) || clauseEnds.has(text)) return true;
  if (text === 'group' || text === 'order') return tokens[index + 1]?.text === 'by';
  if (clause !== 'on' || !joinWords.has(text)) return false;
  // left(…) and right(…) are functions as well.
  return tokens[index + 1]?.text !== '(' || !['left', 'right'].includes(text);
}

function depthStep(tokens: Span, index: number): number {
  const { text, kind } = tokens[index] as SqlToken;
  if (kind !== 'symbol' && (kind !== 'word' || tokens[index - 1]?.text === '.')) return 0;
  if (openers.has(text)) return 1;
  return closers.has(text) ? -1 : 0;
}

interface Operand {
  span: Span;
  instead: 'true' | 'false';
  alone: boolean;
}

/** The operands of a condition, each followed by those inside it. */
function operandsOf(condition: Span, outer?: Omit<Operand, 'span'>): Operand[] {
  for (const [word, instead] of [
    ['or', 'false'],
    ['and', 'true'],
  ] as const) {
    const parts = splitBy(condition, word);
    if (parts.length > 1) {
      const nested = parts.flatMap((part) => operandsOf(part, { instead, alone: false }));
      return outer ? [{ span: condition, ...outer }, ...nested] : nested;
    }
  }
  const own = outer ?? { instead: 'true', alone: true };
  const inside = insideParentheses(condition);
  const nested = inside ? operandsOf(inside) : [];
  // A single operand in parentheses is the predicate itself, and so is one behind not.
  return [{ span: condition, ...own }, ...nested.filter((operand) => !operand.alone)];
}

/** The parts between a word that stands outside of all parentheses; the and of a between parts nothing. */
function splitBy(condition: Span, word: 'and' | 'or'): Span[] {
  const parts: Span[] = [];
  let depth = 0;
  let betweens = 0;
  let start = 0;
  for (const [index, token] of condition.entries()) {
    depth += depthStep(condition, index);
    if (depth !== 0 || token.kind !== 'word' || condition[index - 1]?.text === '.') continue;
    if (token.text === 'between') betweens += 1;
    if (token.text === 'and' && betweens > 0) betweens -= 1;
    else if (token.text === word) {
      parts.push(condition.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, condition.slice(start)];
}

/** What a condition holds that is nothing but parentheses, with or without not before them. */
function insideParentheses(condition: Span): Span | undefined {
  const start = condition.findIndex((token) => token.text !== 'not' || token.kind !== 'word');
  if (condition[start]?.text !== '(' || condition.at(-1)?.text !== ')') return undefined;
  let depth = 0;
  for (let index = start; index < condition.length; index++) {
    depth += depthStep(condition, index);
    if (depth === 0 && index < condition.length - 1) return undefined;
  }
  const inside = condition.slice(start + 1, -1);
  const query = ['select', 'from', 'with', 'values'].includes(inside[0]?.text ?? '');
  return query ? undefined : inside;
}

/** A condition without the parentheses around all of it. */
function unwrapped(condition: Span): Span {
  const inside = condition[0]?.text === '(' ? insideParentheses(condition) : undefined;
  return inside ? unwrapped(inside) : condition;
}

/** The first conjunct of a join that says what equals what. */
function firstEquality(condition: Span): Span | undefined {
  if (splitBy(condition, 'or').length > 1) return undefined;
  return splitBy(condition, 'and').find((part) => {
    const plain = unwrapped(part);
    if (splitBy(plain, 'or').length > 1 || plain[0]?.text === 'not') return false;
    let depth = 0;
    return plain.some((token, index) => {
      depth += depthStep(plain, index);
      return depth === 0 && token.kind === 'symbol' && ['=', '=='].includes(token.text);
    });
  });
}

function isConstant(span: Span): boolean {
  return span.length === 1 && ['true', 'false'].includes(span[0]?.text ?? '');
}

/** As it is written, but for comments and line breaks. */
function inOneLine(sql: string, span: Span): string {
  return span
    .map((token, index) => {
      const before = span[index - 1];
      const parted =
        before !== undefined &&
        before.to < token.from &&
        !['(', '['].includes(before.text) &&
        ![')', ']'].includes(token.text);
      return (parted ? ' ' : '') + sql.slice(token.from, token.to);
    })
    .join('');
}
