import type { Agenda } from './agenda.ts';
import type { Copier, SimulatedObject, SimulatedProvider } from './emitter.ts';
import type { SimulationOptions } from './options.ts';
import type { Team } from './scenery.ts';
import type { Clock } from './world/clock.ts';
import type { Cluster } from './world/cluster.ts';
import { pollPod } from './world/driver.ts';
import type { PodRecord } from './world/kinds.ts';
import type { Random } from './world/random.ts';
import type { Truth } from './world/truth.ts';

const hour = 3_600_000_000;

/** Everything a run plays in. Acts come one after another, as the agenda has them. */
export interface Stage {
  options: SimulationOptions;
  clock: Clock;
  random: Random;
  truth: Truth;
  agenda: Agenda;
  /** When the play is over, in microseconds. */
  end: number;
  clusters: Cluster[];
  providers: SimulatedProvider[];
  teams: Team[];
  /** By its path: two clusters may use one object. */
  objects: Map<string, SimulatedObject>;
  /** The operator of each cluster that copies into Secrets, where its provider has one. */
  copiers: Map<string, Copier>;
}

/** Plays an act again and again, each time after half the hours to one and a half times as many. */
export function repeat(stage: Stage, hours: number, act: () => void): void {
  const next = () => stage.clock.now + hours * hour * (0.5 + stage.random.next());
  const run = () => {
    act();
    stage.agenda.add(next(), run);
  };
  stage.agenda.add(next(), run);
}

/** Several acts that begin shortly after one another and run side by side. */
export function together(stage: Stage, acts: readonly (() => void)[]): void {
  const { clock, random } = stage;
  let start = clock.now;
  let end = start;
  for (const act of acts) {
    clock.now = start;
    act();
    end = Math.max(end, clock.now);
    // Long enough that what one act makes is there when the next comes to the same step.
    start += random.integer(250_000, 900_000);
  }
  clock.now = end;
}

/** The driver polls the pod's mounts for as long as it lives. */
export function keepPolling(stage: Stage, team: Team, pod: PodRecord): void {
  const { agenda, clock, options, random } = stage;
  const interval = options.poll_minutes * 60_000_000;
  const poll = () => {
    if (pod.deleted) return;
    pollPod(team.cluster, team.provider, pod);
    agenda.add(clock.now + interval + random.integer(-4_000_000, 4_000_000), poll);
  };
  agenda.add(clock.now + random.integer(Math.floor(interval / 3), interval), poll);
}

/** A pod that is gone needs no place in the cluster's list, which every Secret's write goes through. */
export function forgetPod(team: Team, pod: PodRecord): void {
  const index = team.cluster.pods.indexOf(pod);
  if (index >= 0) team.cluster.pods.splice(index, 1);
}
