// npm run new:query -- --name area/id: a new canned query with its cases, right from the start.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const templates = fileURLToPath(new URL('./templates', import.meta.url));
const defaultFolder = fileURLToPath(new URL('../queries', import.meta.url));

const { values } = parseArgs({
  options: { name: { type: 'string' }, folder: { type: 'string', default: defaultFolder } },
});

const name = values.name ?? '';
if (!/^[a-z][a-z0-9_]*\/[a-z][a-z0-9_]*$/.test(name)) {
  fail(`Cannot make query "${name}": a name is area/id in lower case`, '-- --name secrets/failed');
}
const paths = ['sql', 'cases.yaml'].map((ending) => ({
  template: join(templates, `query.${ending}`),
  path: join(values.folder, `${name}.${ending}`),
}));
const taken = paths.find(({ path }) => existsSync(path));
if (taken) fail(`Cannot make query "${name}": "${taken.path}" exists`, 'choose another name');
for (const { template, path } of paths) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, readFileSync(template), { flag: 'wx' });
  process.stdout.write(`${path}\n`);
}
process.stderr.write(
  'Write the question first, then a case that finds and one that stays silent\n',
);
process.stderr.write(
  `hint: npx vitest run test/library.test.ts; npm run mutate -- --query ${name}; npm run generate\n`,
);

function fail(message: string, hint: string): never {
  process.stderr.write(`${message}\nhint: ${hint}\n`);
  process.exit(2);
}
