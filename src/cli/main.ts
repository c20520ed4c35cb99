#!/usr/bin/env node
import { listenToInterrupts } from './interrupt.ts';

// Before anything else is loaded: a signal during start-up ends with the documented exit code too.
listenToInterrupts();
const { run } = await import('./run.ts');
await run(process.argv);
