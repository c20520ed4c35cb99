import type { Plain } from '../query/plain-value.ts';
import { makeJsonVisible } from './visible.ts';

/** Renders a value as indented JSON with a newline at the end. */
export function renderJson(value: Plain): string {
  return `${makeJsonVisible(JSON.stringify(value, null, 2))}\n`;
}
