import { mkdirSync, readdirSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { CustodyError } from '../errors.ts';
import { emitters } from '../sources/emitters.ts';
import { Agenda } from './agenda.ts';
import { planIncidents } from './incidents.ts';
import { keepReplacingProviders, keepRotating, keepWatching, moveIn } from './life.ts';
import { LogSet, type WrittenSet } from './log-set.ts';
import type { SimulationOptions, SimulationProgress } from './options.ts';
import { Pace } from './pace.ts';
import { clusterOptions, deployerOf, namespaceName, type Team } from './scenery.ts';
import type { Stage } from './stage.ts';
import { stewardship } from './stewardship.ts';
import { accountRows, type TruthFile } from './truth-file.ts';
import { Clock, microTime, secondTime } from './world/clock.ts';
import { Cluster } from './world/cluster.ts';
import { Random } from './world/random.ts';
import { Truth } from './world/truth.ts';

const day = 86_400_000_000;

/** What a run came to. */
export interface Simulated {
  sets: WrittenSet[];
  truth: TruthFile;
  /** What the truth file leaves out: every read that was answered, and who belonged to what. */
  details: Pick<Truth, 'reads' | 'links'>;
}

/**
 * Plays days of some clusters and writes their logs, in the order of their time and without holding
 * them in memory. The same options give the same bytes.
 *
 * @param report called now and then with how far it is
 * @param signal stops the run between two acts
 * @throws CustodyError NOT_WRITABLE where the folder holds something already, INTERRUPTED
 */
export async function simulate(
  options: SimulationOptions,
  report: (progress: SimulationProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<Simulated> {
  prepareFolder(options.out);
  const logs = new LogSet(options);
  const stage = setStage(options, logs);
  const pace = new Pace(stage, logs, emitters);
  for (;;) {
    const next = stage.agenda.next();
    if (next === undefined || next.at >= stage.end) break;
    const at = Math.max(next.at, stage.clock.now);
    for (const step of pace.until(at)) {
      report(step);
      await breathe();
      stopIf(signal, options.out);
    }
    stage.clock.now = at;
    next.act();
  }
  for (const step of pace.until(stage.end)) report(step);
  stage.clock.now = Math.max(stage.clock.now, stage.end);
  return { sets: finish(stage, logs), truth: truthOf(stage), details: stage.truth };
}

function prepareFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    if (readdirSync(out).length === 0) return;
  } catch (error) {
    throw new CustodyError(
      'NOT_WRITABLE',
      `Cannot write to "${out}": no folder can be made there`,
      {
        hint: 'give a folder of your own with --out',
        cause: error,
      },
    );
  }
  throw new CustodyError('NOT_WRITABLE', `Cannot write to "${out}": something is there already`, {
    hint: 'give a new folder with --out; nothing is ever overwritten',
  });
}

function stopIf(signal: AbortSignal | undefined, out: string): void {
  if (signal?.aborted !== true) return;
  throw new CustodyError('INTERRUPTED', `Cannot finish the logs in "${out}": interrupted`, {
    hint: 'remove the folder and run the same command again: it writes the same bytes',
  });
}

/** The world as it is when the logs begin, and everything that is to happen. */
function setStage(options: SimulationOptions, logs: LogSet): Stage {
  const random = new Random(options.seed);
  const clock = new Clock(secondTime(options.start), random);
  const truth = new Truth(options.keeps_details ?? false);
  const end = options.start + options.days * day;
  const world = { clock, random, truth };
  const providers = emitters.flatMap(({ source, provider }) => {
    if (provider === undefined) return [];
    const sink = logs.of(source, '', 0);
    const containers = (cluster: string) => logs.of('csi_log', cluster, 0);
    return [provider({ ...world, sink, containers, clockSkew: options.clock_skew_seconds })];
  });
  const clusters = Array.from({ length: options.clusters }, (_, index) =>
    makeCluster(world, logs, index, options.audit_policy),
  );
  const rest = { agenda: new Agenda(), teams: [], objects: new Map(), copiers: new Map() };
  const stage: Stage = { options, ...world, end, clusters, providers, ...rest };
  for (const [index, cluster] of clusters.entries()) settle(stage, cluster, index);
  planIncidents(stage, clock.now + 3_600_000_000);
  return stage;
}

function makeCluster(
  world: { clock: Clock; random: Random; truth: Truth },
  logs: LogSet,
  index: number,
  auditPolicy: SimulationOptions['audit_policy'],
): Cluster {
  const settings = clusterOptions(index, auditPolicy);
  const emitter = emitters.find(({ requests }) => requests !== undefined);
  if (emitter?.requests === undefined) throw new Error('no source writes API requests');
  const { source, requests: writer } = emitter;
  const { name = '' } = settings;
  const sink = {
    push: (line: { writer: number }) => logs.of(source, name, line.writer).push(line),
  };
  return new Cluster({ ...world, ...settings, writer, sink });
}

/** Nodes, teams and what goes on in the cluster whoever is there. */
function settle(stage: Stage, cluster: Cluster, index: number): void {
  const { agenda, clock, options, providers, random } = stage;
  const nodes = random.integer(3, 5);
  for (let node = 1; node <= nodes; node += 1) cluster.addNode(`${cluster.name}-node-${node}`);
  const provider = providers[index % providers.length];
  if (provider === undefined) throw new Error('no source has a provider to play');
  const [first] = cluster.nodes;
  const platform = deployerOf('platform');
  const copier = first && provider.installCopier?.(cluster, platform, first);
  if (copier) stage.copiers.set(cluster.name, copier);
  for (let number = 0; number < options.namespaces; number += 1) {
    const namespace = namespaceName(number);
    // The first namespace is one application in several clusters, and has its credentials in common.
    const owner = number === 0 ? namespace : `${namespace}-${cluster.name}`;
    const isNew = (path: string) => !stage.objects.has(path);
    const objects = ['database', 'signing'].map((name) => {
      const key = `${provider.id} ${owner}/${name}`;
      const made = stage.objects.get(key) ?? provider.makeObject(owner, name, random.integer(1, 4));
      return { key, made, fresh: isNew(key) };
    });
    const team: Team = {
      cluster,
      provider,
      namespace,
      objects: objects.map(({ made }) => made),
      secretName: `${namespace}-keys`,
      workloads: [],
    };
    stage.teams.push(team);
    for (const { key, made, fresh } of objects) {
      if (!fresh) continue;
      stage.objects.set(key, made);
      agenda.add(clock.now, () => keepRotating(stage, team, made));
    }
    agenda.add(clock.now + (number + 1) * 120_000_000, () => moveIn(stage, team));
  }
  agenda.add(clock.now, () => keepWatching(stage, cluster));
  agenda.add(clock.now, () => keepReplacingProviders(stage, cluster));
}

/** Closes the logs, and takes the snapshots that somebody takes when the incident is known. */
function finish(stage: Stage, logs: LogSet): WrittenSet[] {
  for (const cluster of stage.clusters) {
    for (const { source, snapshots } of emitters) {
      for (const { name, text } of snapshots?.(cluster) ?? []) {
        logs.snapshot(source, cluster.name, secondTime(stage.clock.now), name, text);
      }
    }
  }
  const { start } = stage.options;
  for (const { name, text } of stewardship(stage.teams)) {
    logs.snapshot('custody_yaml', '', secondTime(start), name, text);
  }
  return logs.close();
}

function truthOf(stage: Stage): TruthFile {
  const { options, truth, end } = stage;
  return {
    seed: options.seed,
    clusters: stage.clusters.map(({ name }) => name),
    from: microTime(options.start),
    until: microTime(end),
    objects: [...stage.objects.values()].map(({ reference }) => reference),
    ...accountRows(truth),
  };
}
