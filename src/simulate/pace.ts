import type { Emitter } from './emitter.ts';
import { kubernetesNoise } from './kubernetes-noise.ts';
import type { LogSet } from './log-set.ts';
import { Noise } from './noise.ts';
import type { SimulationProgress } from './options.ts';
import { clusterOptions } from './scenery.ts';
import type { Stage } from './stage.ts';
import { Random } from './world/random.ts';

const hour = 3_600_000_000;
const step_acts_max = 3_000;
/** Of a hundred everyday lines so many are the provider's: Vault writes two for each request. */
const provider_share = 0.06;

interface Source {
  noise: Noise;
  share: number;
  /** What is left of an act, after whole ones were written. */
  rest: number;
}

/** Everyday lines between the acts: as many as the total of the run leaves, more of them by day. */
export class Pace {
  readonly #stage: Stage;
  readonly #logs: LogSet;
  readonly #sources: Source[];
  #at: number;
  #written = 0;
  #acts = 0;

  constructor(stage: Stage, logs: LogSet, emitters: readonly Emitter[]) {
    this.#stage = stage;
    this.#logs = logs;
    this.#at = stage.clock.now;
    const random = new Random(stage.options.seed ^ 0x51ed270b);
    const requests = emitters.find((one) => one.requests !== undefined);
    const ofClusters = stage.clusters.map((cluster, index) => {
      if (requests?.requests === undefined) throw new Error('no source writes API requests');
      const servers = clusterOptions(index, stage.options.audit_policy).servers ?? 1;
      const sinks = Array.from({ length: servers }, (_, writer) =>
        logs.of(requests.source, cluster.name, writer),
      );
      const noise = new Noise(kubernetesNoise(cluster, requests.requests), sinks, random);
      return { noise, share: (1 - provider_share) / stage.clusters.length, rest: 0 };
    });
    const skew = stage.options.clock_skew_seconds * 1_000_000;
    const sources = emitters.filter((one) => one.provider !== undefined);
    const ofProviders = stage.providers.map((provider, index) => {
      const source = sources[index]?.source ?? '';
      const sinks = [logs.of(source, '', 0)];
      const noise = new Noise(provider.noise(), sinks, random, skew);
      return { noise, share: provider_share / stage.providers.length, rest: 0 };
    });
    this.#sources = [...ofClusters, ...ofProviders];
  }

  /** Writes everyday lines up to a time, step by step, and lets the files write what is due. */
  *until(time: number): Generator<SimulationProgress> {
    while (this.#at < time) {
      const rate = this.#actsPerWeight();
      const step = Math.min(time, this.#at + stepLength(rate, this.#at));
      const acts = rate * weightBetween(this.#at, step);
      for (const source of this.#sources) {
        const wanted = acts * source.share + source.rest;
        const whole = Math.floor(wanted);
        source.rest = wanted - whole;
        if (whole === 0) continue;
        this.#written += source.noise.write(this.#at, step, whole);
        this.#acts += whole;
      }
      this.#at = step;
      this.#logs.flush(step);
      yield { at: step, lines: this.#logs.pushed };
    }
  }

  /** How many acts a unit of weight gets, so that the total comes out at what was asked for. */
  #actsPerWeight(): number {
    const { options, end } = this.#stage;
    const passed = weightBetween(options.start, this.#at);
    const left = weightBetween(this.#at, end);
    const planted = this.#logs.pushed - this.#written;
    // The acts to come write about as much as those so far did.
    const plantedToCome = passed === 0 ? 0 : (planted / passed) * left;
    const lines = Math.max(0, options.events - this.#logs.pushed - plantedToCome);
    const linesPerAct = this.#acts === 0 ? 1.3 : this.#written / this.#acts;
    return left === 0 ? 0 : lines / linesPerAct / left;
  }
}

/** Seven in the morning to seven at night has twice the traffic of the night; UTC, as all times. */
function weightAt(time: number): number {
  const of_day = Math.floor(time / hour) % 24;
  return of_day >= 7 && of_day < 19 ? 4 / 3 : 2 / 3;
}

/** Hours between two times, by their weight. */
function weightBetween(from: number, until: number): number {
  let weight = 0;
  let at = from;
  const whole_days = Math.floor((until - from) / (24 * hour));
  weight += whole_days * 24;
  at += whole_days * 24 * hour;
  while (at < until) {
    const next = Math.min(until, (Math.floor(at / hour) + 1) * hour);
    weight += ((next - at) / hour) * weightAt(at);
    at = next;
  }
  return weight;
}

/** Short enough that one step's lines are few; to the end of the hour at most. */
function stepLength(rate: number, at: number): number {
  const rest = (Math.floor(at / hour) + 1) * hour - at;
  if (rate === 0) return rest;
  return Math.max(1_000, Math.min(rest, Math.floor((step_acts_max / rate / weightAt(at)) * hour)));
}
