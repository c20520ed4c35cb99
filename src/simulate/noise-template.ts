import type { Filling, NoiseTemplate } from './emitter.ts';
import { microTime } from './world/clock.ts';

/** Texts that stand for what changes: each is looked for in the line that was written with it. */
export type Placeholders = Record<string, (filling: Filling) => string>;

/** Cuts a line at its placeholders; what lies between is the same in every line of that kind. */
export function cutTemplate(
  text: string,
  placeholders: Placeholders,
): Pick<NoiseTemplate['lines'][number], 'pieces' | 'fill'> {
  const names = Object.keys(placeholders);
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pieces = text.split(new RegExp(`(${escaped.join('|')})`));
  return {
    pieces: pieces.filter((_, index) => index % 2 === 0),
    fill: pieces.flatMap((piece, index) => {
      const filler = placeholders[piece];
      return index % 2 === 0 || filler === undefined ? [] : [filler];
    }),
  };
}

/** Writes one line of the template. */
export function fillTemplate(line: NoiseTemplate['lines'][number], filling: Filling): string {
  const { pieces, fill } = line;
  let text = pieces[0] ?? '';
  for (let index = 0; index < fill.length; index += 1) {
    text += `${fill[index]?.(filling) ?? ''}${pieces[index + 1] ?? ''}`;
  }
  return text;
}

/** Draws a kind of act, the heavier the oftener. */
export function makeDraw(templates: readonly NoiseTemplate[]): (chance: number) => NoiseTemplate {
  const bounds: number[] = [];
  let total = 0;
  for (const { weight } of templates) {
    total += weight;
    bounds.push(total);
  }
  return (chance) => {
    const index = bounds.findIndex((bound) => chance * total < bound);
    const chosen = templates[index < 0 ? templates.length - 1 : index];
    if (chosen === undefined) throw new Error('there is no noise to draw');
    return chosen;
  };
}

/** The stamp of the act, so many microseconds before its line was written. */
export function stampBefore(microseconds: number): (filling: Filling) => string {
  return ({ at }) => microTime(at - microseconds);
}
