// tsc leaves .sql and .wasm where they are: copy them from src/ to dist/, so that the built program
// finds them.
import { cpSync, statSync } from 'node:fs';
import { extname } from 'node:path';

cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || ['.sql', '.wasm'].includes(extname(path)),
});
