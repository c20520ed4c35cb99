import type { Row } from '../query/plain-value.ts';
import { toCellText } from './table.ts';
import { makeJsonVisible, makeVisible } from './visible.ts';

/** A record or event as `custody show` gives it: what is known about it, and what it says. */
export interface Shown {
  meta: Row;
  content: unknown;
  note?: string;
}

/** Renders what is known line by line, then the content as indented JSON, or as text. */
export function renderShown(shown: Shown): string {
  const names = Object.keys(shown.meta);
  const width = Math.max(...names.map((name) => name.length));
  const meta = names.map((name) =>
    `${name.padEnd(width)}  ${toCellText(shown.meta[name] ?? null)}`.trimEnd(),
  );
  const note = shown.note === undefined ? [] : [`(${shown.note})`];
  return `${[...meta, ...note, ...renderContent(shown.content)].join('\n')}\n`;
}

function renderContent(content: unknown): string[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return ['', ...content.split('\n').map(makeVisible)];
  return ['', makeJsonVisible(JSON.stringify(content, null, 2))];
}
