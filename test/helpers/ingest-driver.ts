import { openStore } from '../../src/landing/store.ts';
import { type IngestOptions, ingest } from '../../src/pipeline.ts';

// Run as a process of its own: `tsx ingest-driver.ts '{"store":"…","paths":["…"]}'`.
const { store, ...options } = JSON.parse(process.argv[2] ?? '{}') as { store: string } & Omit<
  IngestOptions,
  'store'
>;
try {
  const open = openStore(store, { create: true });
  let reading = false;
  const summary = await ingest({ ...options, store: open }, () => {
    // Tells a test that start-up is over.
    if (!reading) process.stderr.write('reading\n');
    reading = true;
  });
  process.stdout.write(`${JSON.stringify(summary)}\n`);
} catch (error) {
  const { code, message, hint } = error as Error & { code?: string; hint?: string };
  process.stdout.write(`${JSON.stringify({ code, message, hint })}\n`);
  process.exitCode = 2;
}
