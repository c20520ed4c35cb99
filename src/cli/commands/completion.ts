import { Argument, type Command } from 'commander';
import { renderCompletion, type Shell, shells } from '../../report/completion.ts';
import { makeOutput } from '../output.ts';

/** `custody completion`: the tree of commands and options, as a shell wants it. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for your shell')
    .description('Prints a completion script for bash, zsh or fish.')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(custody completion bash)\n' +
        '  custody completion zsh > ~/.zsh/completions/_custody\n' +
        '  custody completion fish > ~/.config/fish/completions/custody.fish',
    )
    .action((shell: Shell) => makeOutput({}).result(renderCompletion(shell, toNodes(program))));
}

function toNodes(command: Command, path: string[] = []): Parameters<typeof renderCompletion>[1] {
  const node = {
    path,
    summary: command.summary() || command.description().split('\n')[0] || '',
    commands: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
    options: command.options
      .filter((option) => option.long)
      .map((option) => ({
        name: option.long ?? '',
        summary: option.description,
        takesValue: option.required,
        choices: option.argChoices ?? [],
      })),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    takesFiles: command.registeredArguments.some((argument) => argument.name() === 'path'),
  };
  const children = command.commands.flatMap((child) => toNodes(child, [...path, child.name()]));
  return [node, ...children];
}
