import type { Measured } from './measure.ts';
import type { Thinner } from './run.ts';

/** One run and what it measured. */
export interface Run {
  name: string;
  seed: number;
  lines: number;
  measured: Measured;
}

/** What `npm run accuracy` found, as docs/ACCURACY.md has it. */
export interface Accuracy {
  commit: string;
  command: string;
  setting: string;
  /** With all logs, unblemished. */
  whole: Run[];
  /** The same weeks with worse logs. */
  worse: Run[];
  thinner: { seed: number; rows: Thinner[] };
}

/** Writes the page. */
export function renderAccuracy({
  commit,
  command,
  setting,
  whole,
  worse,
  thinner,
}: Accuracy): string {
  return `# Accuracy

Written by \`npm run accuracy\`, do not edit. Commit ${commit}; \`${command}\`.

\`custody simulate\` plays weeks with planted incidents and keeps its own account of them; the logs are landed by the built program, every object is asked about with \`blast-radius\`, and the answer is held to the account. ${setting} A row is right where holder, version, path and beginning are true; its end is counted apart. Rows that DESIGN allows beside the truth (identities of the platform, names put on by impersonation, potential rights) count neither way. The simulator shares no SQL with what it examines; it was written by the same hands and from the same documents, so a trait of real logs that both lack is not seen here.

## All logs

${table(['run', 'lines', 'planted', 'told', 'recall', 'wrong rows', 'ends wrong', 'bystanders above candidate', 'findings'], whole.map(summary))}

Rows by path, provider and grade, over these runs:

${table(['path', 'provider', 'grade', 'right', 'wrong', 'ends wrong', 'precision'], cellsOf(whole))}

Told of what was planted:

${table(['path', 'provider', 'planted', 'told', 'recall'], recallsOf(whole))}

Links held to what the play knows of its pods, tokens and sessions; of grade \`candidate\`, sets, which are right where the true one is among them:

${table(['link', 'grade', 'checked', 'wrong'], linksOf(whole))}

## Worse logs

${table(['run', 'lines', 'planted', 'told', 'recall', 'wrong rows', 'ends wrong', 'bystanders above candidate', 'findings'], worse.map(summary))}

Rows that lost their version or holder name candidates instead and are not counted as told.

${table(['path', 'provider', 'grade', 'right', 'wrong', 'ends wrong', 'precision'], cellsOf(worse))}

${findingsOf([...whole, ...worse])}

## One log less

Seed ${thinner.seed}, told again without each log in turn. An answer may say less, must invent nothing, and must name the gap where it says less.

${table(['without', 'planted', 'told as before', 'invented', 'gap named', 'new unknowns', 'the first of them'], thinner.rows.map(thinnerRow))}
`;
}

function table(columns: string[], rows: (string | number)[][]): string {
  return [columns, columns.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const share = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(3));
const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

function summary({ name, lines, measured }: Run): (string | number)[] {
  const { planted, told, cells, findings, bystandersNamed } = measured;
  return [
    name,
    lines,
    planted,
    told,
    share(told, planted),
    sum(cells.map(({ wrong }) => wrong)),
    sum(cells.map(({ endsWrong }) => endsWrong)),
    bystandersNamed,
    findings.length,
  ];
}

function grouped<Row>(rows: Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}

function cellsOf(runs: Run[]): (string | number)[][] {
  const cells = runs.flatMap(({ measured }) => measured.cells);
  return grouped(cells, ({ path, provider, grade }) => `${path} ${provider} ${grade}`).map(
    (group) => {
      const [{ path = '', provider = '', grade = '' } = {}] = group;
      const right = sum(group.map((one) => one.right));
      const wrong = sum(group.map((one) => one.wrong));
      const ends = sum(group.map((one) => one.endsWrong));
      return [path, provider, grade, right, wrong, ends, share(right, right + wrong)];
    },
  );
}

function recallsOf(runs: Run[]): (string | number)[][] {
  const recalls = runs.flatMap(({ measured }) => measured.recalls);
  return grouped(recalls, ({ path, provider }) => `${path} ${provider}`).map((group) => {
    const [{ path = '', provider = '' } = {}] = group;
    const planted = sum(group.map((one) => one.planted));
    const told = sum(group.map((one) => one.told));
    return [path, provider, planted, told, share(told, planted)];
  });
}

function linksOf(runs: Run[]): (string | number)[][] {
  const links = runs.flatMap(({ measured }) => measured.links);
  return grouped(links, ({ kind, grade }) => `${kind} ${grade}`).map((group) => {
    const [{ kind = '', grade = '' } = {}] = group;
    return [kind, grade, sum(group.map((one) => one.checked)), sum(group.map((one) => one.wrong))];
  });
}

function findingsOf(runs: Run[]): string {
  const shown = runs.flatMap(({ name, measured }) =>
    measured.findings.slice(0, 5).map((text) => `- ${name}: ${text}`),
  );
  return shown.length === 0
    ? 'Nothing else was found.'
    : `Findings, the first of each run:\n\n${shown.join('\n')}`;
}

function thinnerRow(one: Thinner): (string | number)[] {
  const { missing, planted, told, invented, namesTheGap, unknowns } = one;
  const first = unknowns[0]?.question ?? '-';
  const isNamed = namesTheGap ? 'yes' : 'no';
  return [missing, planted, told, invented.length, isNamed, unknowns.length, first];
}
