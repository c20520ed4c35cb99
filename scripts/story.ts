// Writes samples/stories/leaked-payments-key from the play in test/incidents: `npx tsx scripts/story.ts`.
// test/stories.test.ts checks that what is committed is what this writes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { storyFiles } from '../test/incidents/stories/story-files.ts';

const folder = 'samples/stories/leaked-payments-key';

rmSync(join(folder, 'logs'), { recursive: true, force: true });
for (const { name, bytes } of storyFiles()) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  process.stdout.write(`${path} ${bytes.length} bytes\n`);
}
