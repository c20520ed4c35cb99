import type { World } from '../world.ts';
import { agentToolRunner } from './agent-tool-runner.ts';
import { borrowedIdentity } from './borrowed-identity.ts';
import { carriedOutKeys } from './carried-out-keys.ts';
import { leakedPaymentsKey } from './leaked-payments-key.ts';
import { readForEverybody } from './read-for-everybody.ts';
import { valuesWithoutNumber } from './values-without-number.ts';
import { whateverWasLatest } from './whatever-was-latest.ts';

/** A whole incident under `samples/stories`: its folder's name, and how it is played. */
export interface Story {
  name: string;
  play: () => World;
}

export const stories: readonly Story[] = [
  { name: 'agent-tool-runner', play: agentToolRunner },
  { name: 'borrowed-identity', play: borrowedIdentity },
  { name: 'carried-out-keys', play: carriedOutKeys },
  { name: 'leaked-payments-key', play: leakedPaymentsKey },
  { name: 'read-for-everybody', play: readForEverybody },
  { name: 'values-without-number', play: valuesWithoutNumber },
  { name: 'whatever-was-latest', play: whateverWasLatest },
];
