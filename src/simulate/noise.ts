import type { NoiseTemplate } from './emitter.ts';
import { fillTemplate, makeDraw } from './noise-template.ts';
import type { LineSink } from './world/log-line.ts';
import type { Random } from './world/random.ts';

/** Everyday acts of one place, written as fast as a disk takes them. */
export class Noise {
  readonly #draw: (chance: number) => NoiseTemplate;
  readonly #sinks: readonly LineSink[];
  readonly #random: Random;
  readonly #skew: number;

  /** `sinks` are the writers among which acts are spread; `skew` is in microseconds. */
  constructor(
    templates: readonly NoiseTemplate[],
    sinks: readonly LineSink[],
    random: Random,
    skew = 0,
  ) {
    this.#draw = makeDraw(templates);
    this.#sinks = sinks;
    this.#random = random;
    this.#skew = skew;
  }

  /** Spreads so many acts over the time between; gives how many lines they came to. */
  write(from: number, until: number, acts: number): number {
    const random = this.#random;
    const step = (until - from) / acts;
    let written = 0;
    for (let index = 0; index < acts; index += 1) {
      const at = Math.floor(from + (index + random.next()) * step) + this.#skew;
      const writer = random.integer(0, this.#sinks.length - 1);
      const sink = this.#sinks[writer];
      const id = quickUuid(random);
      for (const line of this.#draw(random.next()).lines) {
        const filling = { at: at + line.after, random, id };
        const text = fillTemplate(line, filling);
        sink?.push({ text, at: filling.at, needed: false, writer, opening: line.opening });
        written += 1;
      }
    }
    return written;
  }
}

/** A UUID from four draws instead of thirty-odd: noise needs millions. */
function quickUuid(random: Random): string {
  const word = () => Math.floor(random.next() * 0x1_0000_0000);
  const digits = [word(), word(), word(), word()].map((one) => one.toString(16).padStart(8, '0'));
  const [first = '', second = '', third = '', fourth = ''] = digits;
  const middle = `${second.slice(0, 4)}-4${second.slice(5)}-a${third.slice(1, 4)}`;
  return `${first}-${middle}-${third.slice(4)}${fourth}`;
}
