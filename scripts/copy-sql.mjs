// tsc leaves .sql where it is: copy src/**/*.sql to dist/ so that the built program finds it.
import { cpSync } from 'node:fs';
import { extname } from 'node:path';
import { statSync } from 'node:fs';

cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) === '.sql',
});
