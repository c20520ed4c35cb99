// tsc leaves .sql where it is: copy src/**/*.sql to dist/ so that the built program finds it.
import { cpSync, statSync } from 'node:fs';
import { extname } from 'node:path';

cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) === '.sql',
});
