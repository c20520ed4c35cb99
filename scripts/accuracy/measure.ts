import type { TruthFile } from '../../src/simulate/truth-file.ts';
import type { TrueExposure } from '../../src/simulate/world/truth.ts';
import type { AnsweredExposure, AnsweredVersion } from '../../test/incidents/answer.ts';
import { describe, details, matchRows, versionDifferences } from '../../test/incidents/compare.ts';

/** What came of the rows of one path, provider and grade, over all objects and runs. */
interface Cell {
  path: string;
  provider: string;
  grade: string;
  right: number;
  /** Of the right ones: holder, version, path and beginning are true, and the end is not. */
  endsWrong: number;
  /** Rows that are not true; of grade `candidate` they are sets that contain the truth, or bugs. */
  wrong: number;
}

/** How many true exposures of a path were told. */
interface Recall {
  path: string;
  provider: string;
  planted: number;
  told: number;
}

/** What was asked and answered, beside what happened. */
export interface Measured {
  cells: Cell[];
  recalls: Recall[];
  planted: number;
  told: number;
  /** Everything that is wrong, in words. */
  findings: string[];
  /** Innocent ones that are named with a grade above `candidate`. */
  bystandersNamed: number;
  /** Links held to the play's account; of `candidate`, sets, which are wrong without the true one. */
  links: { kind: string; grade: string; checked: number; wrong: number }[];
}

/** The rows of one answer about one object. */
export interface ObjectAnswer {
  exposures: AnsweredExposure[];
  versions: AnsweredVersion[];
}

/** Compares what was answered about each object with what happened. */
export function measure(truth: TruthFile, answers: ReadonlyMap<string, ObjectAnswer>): Measured {
  const account = {
    bystanders: truth.bystanders,
    versions: truth.versions,
    platform: new Set(truth.platform),
    beside: new Set(truth.beside),
  } as Parameters<typeof matchRows>[2];
  const cells = new Map<string, Cell>();
  const recalls = new Map<string, Recall>();
  const findings: string[] = [];
  let bystandersNamed = 0;
  for (const object of truth.objects) {
    const { exposures = [], versions = [] } = answers.get(object) ?? {};
    const expected = truth.exposures.filter((one) => one.object === object) as TrueExposure[];
    const { pairs, missing, extra } = matchRows(expected, exposures, account);
    for (const { exposure, one } of pairs) {
      const wrong = details(exposure, one);
      findings.push(...wrong);
      const cell = cellOf(cells, one);
      cell.right += 1;
      if (wrong.length > 0) cell.endsWrong += 1;
      recallOf(recalls, exposure).told += 1;
    }
    for (const exposure of expected) recallOf(recalls, exposure).planted += 1;
    const untold = missing.filter((exposure) => !isAmongCandidates(exposure, exposures));
    findings.push(...untold.map((exposure) => `missing: ${describe(exposure)}`));
    for (const { one, innocent } of extra) {
      cellOf(cells, one).wrong += 1;
      if (innocent !== undefined && one.grade !== 'candidate') bystandersNamed += 1;
      const isHonest = one.grade === 'candidate' || one.version === null;
      if (isHonest && expected.some((exposure) => mayBe(exposure, one))) continue;
      findings.push(
        `${innocent === undefined ? 'extra' : 'bystander'}: ${describe(one)} (${one.grade})`,
      );
    }
    const own = truth.versions.filter((one) => one.object === object);
    findings.push(...versionDifferences(own, versions));
  }
  const sums = [...recalls.values()];
  return {
    cells: [...cells.values()],
    recalls: sums,
    planted: sums.reduce((sum, { planted }) => sum + planted, 0),
    told: sums.reduce((sum, { told }) => sum + told, 0),
    findings,
    bystandersNamed,
    links: [],
  };
}

/** A row with open version or holder may stand for this exposure: its candidates contain it. */
function isAmongCandidates(exposure: TrueExposure, answered: readonly AnsweredExposure[]): boolean {
  return answered.some((one) => one.version === null && mayBe(exposure, one));
}

function mayBe(exposure: TrueExposure, one: AnsweredExposure): boolean {
  if (one.path !== exposure.path || one.observed !== exposure.observed) return false;
  const alternatives = one.alternatives ?? [];
  const isHolder =
    one.holder.id === exposure.holder.id || alternatives.includes(exposure.holder.id ?? '');
  const isVersion =
    one.version === exposure.version ||
    (one.version === null && alternatives.includes(exposure.version ?? ''));
  return isHolder || (isVersion && one.grade === 'candidate');
}

function providerOf(object: string): string {
  const [scheme = ''] = object.split(':');
  return (
    { https: 'azure', arn: 'aws' }[scheme] ?? (object.startsWith('projects/') ? 'gcp' : scheme)
  );
}

function cellOf(cells: Map<string, Cell>, { path, object, grade }: AnsweredExposure): Cell {
  const provider = providerOf(object);
  const key = `${path} ${provider} ${grade}`;
  const cell = cells.get(key) ?? { path, provider, grade, right: 0, endsWrong: 0, wrong: 0 };
  cells.set(key, cell);
  return cell;
}

function recallOf(recalls: Map<string, Recall>, { path, object }: TrueExposure): Recall {
  const provider = providerOf(object);
  const key = `${path} ${provider}`;
  const recall = recalls.get(key) ?? { path, provider, planted: 0, told: 0 };
  recalls.set(key, recall);
  return recall;
}
