import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
let loaded: typeof import('yaml') | undefined;

/**
 * The parser of YAML, loaded when the first YAML is met. Every thread that lands would else pay for it
 * at its start, and most logs hold none.
 */
export function yaml(): typeof import('yaml') {
  loaded ??= load('yaml') as typeof import('yaml');
  return loaded;
}
