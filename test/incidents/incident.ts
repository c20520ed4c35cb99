import type { World } from './world.ts';

/** One incident: what it is about, and how it is played. */
export interface Incident {
  name: string;
  tells: string;
  play: (seed: number) => World;
}
