import type { Command } from 'commander';
import { rebuildDatabase } from '../../database.ts';
import { openStore } from '../../landing/store.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { makeOutput } from '../output.ts';

/** `custody rebuild`: the database again, from manifest and segments alone. */
export function registerRebuild(program: Command): void {
  const command = program
    .command('rebuild')
    .summary('make the database anew from the evidence alone')
    .description(
      'Makes the database anew from manifest and segments. Nothing is lost: all that the database ' +
        'holds is derived, and the result is the same whatever the order in which logs arrived.',
    );
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const output = makeOutput(options);
    const started = performance.now();
    await rebuildDatabase(openStore(options.store), (step) => output.note(step));
    output.note(`Rebuilt in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  });
}
