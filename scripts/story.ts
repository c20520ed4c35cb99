// Writes the stories of samples/stories from their plays in test/incidents: `npx tsx scripts/story.ts`.
// test/stories.test.ts checks that what is committed is what this writes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stories } from '../test/incidents/stories/index.ts';
import { storyFiles } from '../test/incidents/stories/story-files.ts';

for (const story of stories) {
  const folder = join('samples/stories', story.name);
  rmSync(join(folder, 'logs'), { recursive: true, force: true });
  for (const { name, bytes } of storyFiles(story)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    process.stdout.write(`${path} ${bytes.length} bytes\n`);
  }
}
