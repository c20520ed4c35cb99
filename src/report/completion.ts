export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** One command of the tree: what may follow it. */
export interface CompletionNode {
  path: readonly string[];
  commands: readonly { name: string; summary: string }[];
  options: readonly CompletionOption[];
  choices: readonly string[];
  takesFiles: boolean;
}

interface CompletionOption {
  name: string;
  summary: string;
  takesValue: boolean;
  choices: readonly string[];
}

/** Renders a completion script from the tree of commands. */
export function renderCompletion(shell: Shell, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case 'bash':
      return renderBash(nodes);
    case 'zsh':
      // zsh runs bash completions as they are: https://zsh.sourceforge.io/Doc/Release/Completion-System.html
      return `#compdef custody\nautoload -U +X bashcompinit && bashcompinit\n${renderBash(nodes)}`;
    case 'fish':
      return renderFish(nodes);
  }
}

function renderBash(nodes: readonly CompletionNode[]): string {
  const words = nodes.map((node) => {
    const list = [
      ...node.commands.map((command) => command.name),
      ...node.choices,
      ...node.options.map((option) => option.name),
    ];
    return `    '${node.path.join(' ')}') words='${list.join(' ')}'${node.takesFiles ? ' files=yes' : ''} ;;`;
  });
  const values = uniqueChoices(nodes).map(
    ([name, choices]) =>
      `    ${name}) COMPREPLY=($(compgen -W '${choices}' -- "$current")); return ;;`,
  );
  const parents = nodes.flatMap((node) => node.path.slice(-1)).join('|');
  return `_custody() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path='' words='' files='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${parents}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$previous" in
${values.join('\n')}
    --store|--queries) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --*-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -z "$files" ] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _custody custody
`;
}

function uniqueChoices(nodes: readonly CompletionNode[]): [string, string][] {
  const choices = new Map<string, Set<string>>();
  for (const option of nodes.flatMap((node) => node.options)) {
    if (option.choices.length === 0) continue;
    const known = choices.get(option.name) ?? new Set();
    for (const choice of option.choices) known.add(choice);
    choices.set(option.name, known);
  }
  return [...choices].map(([name, values]) => [name, [...values].join(' ')]);
}

function renderFish(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap((node) => {
    const condition =
      node.path.length === 0
        ? '__fish_use_subcommand'
        : node.path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const start = `complete -c custody -n '${condition}'`;
    return [
      ...node.commands.map(
        (command) => `${start} -f -a ${command.name} -d '${quote(command.summary)}'`,
      ),
      ...node.choices.map((choice) => `${start} -f -a ${choice}`),
      ...node.options.map((option) => {
        const value = option.takesValue ? ' -r' : '';
        const choices = option.choices.length > 0 ? ` -f -a '${option.choices.join(' ')}'` : '';
        return `${start} -l ${option.name.slice(2)}${value}${choices} -d '${quote(option.summary)}'`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
