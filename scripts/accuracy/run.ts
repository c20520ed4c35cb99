import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestWords } from '../../src/simulate/landing-guide.ts';
import type { WrittenSet } from '../../src/simulate/log-set.ts';
import type { SimulationOptions } from '../../src/simulate/options.ts';
import { type Simulated, simulate } from '../../src/simulate/simulate.ts';
import type { OneLog } from '../../src/simulate/world/log-line.ts';
import type { Answer } from '../../test/incidents/answer.ts';
import { TestStore } from '../../test/incidents/run-custody.ts';
import { inventions, namesGap, type WholeAccount } from '../../test/incidents/thinner.ts';
import { type Measured, measure, type ObjectAnswer } from './measure.ts';

/** What a run leaves open unless it is told. */
export const defaults: Omit<SimulationOptions, 'out' | 'seed'> = {
  clusters: 6,
  namespaces: 3,
  days: 7,
  start: Date.UTC(2026, 2, 2) * 1000,
  events: 200_000,
  incidents: 96,
  poll_minutes: 60,
  audit_policy: 'full',
  clock_skew_seconds: 0,
  file_bytes_max: 100 << 20,
  blemishes: { disorder: 0, duplicates: 0, damaged: 0, overlap: 0, truncate_bytes: 0 },
  without: [],
  keeps_details: true,
};

/** One log less, and what the answer makes of it. */
export interface Thinner {
  missing: string;
  planted: number;
  told: number;
  invented: string[];
  namesTheGap: boolean;
  /** What is said to be unknown now, and was not with all logs. */
  unknowns: { question: string; collect: string }[];
}

/** Plays, lands and asks about every object; with `isThinned` also without any one of the logs. */
export async function examine(
  options: SimulationOptions,
  isThinned = false,
): Promise<{ measured: Measured; thinner: Thinner[]; lines: number }> {
  const simulated = await simulate(options);
  const store = new TestStore();
  try {
    await land(store, options.out, simulated.sets);
    const answers = new Map<string, ObjectAnswer>();
    for (const object of simulated.truth.objects) {
      answers.set(object, await store.json<Answer>(['blast-radius', '--object', object]));
    }
    const measured = measure(simulated.truth, answers);
    measured.links = await checkLinks(store, simulated.details.links);
    for (const { kind, grade, wrong } of measured.links) {
      if (wrong > 0) measured.findings.push(`${wrong} wrong links ${kind}, graded ${grade}`);
    }
    const lines = simulated.sets.reduce((sum, set) => sum + set.lines, 0);
    if (!isThinned) return { measured, thinner: [], lines };
    const whole = await askAll(store);
    const thinner: Thinner[] = [];
    for (const set of simulated.sets)
      thinner.push(await without(set, simulated, options.out, whole));
    return { measured, thinner, lines };
  } finally {
    store.remove();
    rmSync(options.out, { recursive: true, force: true });
  }
}

/** A folder that `simulate` may write to. */
export function scratchFolder(): string {
  return join(mkdtempSync(join(tmpdir(), 'custody-accuracy-')), 'logs');
}

function askAll(store: TestStore): Promise<Answer> {
  return store.json<Answer>(['blast-radius', '--object', '/', '--all-matches']);
}

async function land(store: TestStore, out: string, sets: readonly WrittenSet[]): Promise<void> {
  for (const set of sets) {
    const [path = '', ...options] = ingestWords(out, set);
    await store.land([path], [...options, '--no-refresh']);
  }
}

async function without(
  set: WrittenSet,
  { sets, truth, details }: Simulated,
  out: string,
  whole: Answer,
): Promise<Thinner> {
  const store = new TestStore();
  try {
    await land(
      store,
      out,
      sets.filter((one) => one !== set),
    );
    const answer = await askAll(store);
    const account = {
      ...truth,
      platform: new Set(truth.platform),
      beside: new Set(truth.beside),
      reads: details.reads,
    } as unknown as WholeAccount;
    const byObject = new Map(truth.objects.map((object) => [object, rowsOf(answer, object)]));
    const { planted, told } = measure(truth, byObject);
    const known = new Set(whole.unknowns.map(({ question, why }) => `${question} ${why}`));
    const unknowns = answer.unknowns.filter(
      ({ question, why }) => !known.has(`${question} ${why}`),
    );
    return {
      missing: set.path,
      planted,
      told,
      invented: inventions(
        account,
        answer.exposures.filter(({ object }) => byObject.has(object)),
      ),
      namesTheGap: namesGap(answer, whole, {
        log: logOf(set.source),
        ...(set.cluster === null ? {} : { cluster: set.cluster }),
      }),
      unknowns,
    };
  } finally {
    store.remove();
  }
}

function rowsOf(answer: Answer, object: string): ObjectAnswer {
  const isOf = (one: { object: string }) => one.object === object;
  return { exposures: answer.exposures.filter(isOf), versions: answer.versions.filter(isOf) };
}

const logs: Readonly<Record<string, OneLog['log']>> = {
  k8s_audit: 'kubernetes',
  vault_audit: 'vault',
  azure_key_vault: 'key_vault',
  aws_cloudtrail: 'cloudtrail',
  gcp_audit: 'cloud_audit',
  conjur: 'conjur',
  akeyless: 'akeyless',
  csi_log: 'csi_log',
};

function logOf(source: string): OneLog['log'] {
  return logs[source] ?? 'snapshot';
}

interface LinkRow {
  kind: string;
  grade: string;
  from_id: string;
  to_id: string;
}

/** Holds links that say where something belongs to what the play knows of the things it made. */
async function checkLinks(
  store: TestStore,
  known: ReadonlySet<string>,
): Promise<Measured['links']> {
  const kinds = ['bound_to', 'runs_as', 'token_for', 'mounts', 'logged_in'];
  const rows = await store.json<LinkRow[]>([
    'sql',
    `select kind, grade, from_id, to_id from link
     where kind in (${kinds.map((kind) => `'${kind}'`).join(', ')}) order by all`,
  ]);
  const pods = new Set([...known].flatMap((one) => one.match(/pod:\S+/) ?? []));
  const sums = new Map<string, Measured['links'][number]>();
  const open = new Map<string, string[]>();
  for (const { kind, grade, from_id, to_id } of rows) {
    // Pods of the provider and of the platform are no part of the account.
    if (![from_id, to_id].some((id) => pods.has(id))) continue;
    // A revision of a class is named behind it.
    const to = to_id.startsWith('secret_provider_class:') ? (to_id.split('@')[0] ?? '') : to_id;
    const text = `${kind} ${from_id} ${to}`;
    if (grade === 'candidate') {
      const end = `${kind} ${to}`;
      open.set(end, [...(open.get(end) ?? []), text]);
      continue;
    }
    note(sums, kind, grade, known.has(text));
  }
  const trueEnds = new Set([...known].map((text) => text.replace(/ \S+/, '')));
  for (const [end, candidates] of open) {
    if (!trueEnds.has(end)) continue;
    note(
      sums,
      end.split(' ')[0] ?? '',
      'candidate',
      candidates.some((text) => known.has(text)),
    );
  }
  return [...sums.values()];
}

function note(
  sums: Map<string, Measured['links'][number]>,
  kind: string,
  grade: string,
  isRight: boolean,
): void {
  const key = `${kind} ${grade}`;
  const sum = sums.get(key) ?? { kind, grade, checked: 0, wrong: 0 };
  sum.checked += 1;
  if (!isRight) sum.wrong += 1;
  sums.set(key, sum);
}
