// tsc leaves .sql and .wasm where they are: copy them from src/ to dist/, so that the built program
// finds them. One that src/ no longer has must go: every step of the chain in a folder is run.
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

const isCopied = (path) => ['.sql', '.wasm'].includes(extname(path));

for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (isCopied(path) && !existsSync(join('src', path))) rmSync(join('dist', path));
}
cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || isCopied(path),
});
