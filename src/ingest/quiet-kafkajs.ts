import { createRequire } from 'node:module';

/** What the patch below touches of kafkajs 2.2.4, src/network/requestQueue/index.js. */
interface RequestQueue {
  pending: readonly unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

const require = createRequire(import.meta.url);
let isQuiet = false;

/**
 * Keeps kafkajs from looking a thousand times a second whether there is something to send: a timer whose
 * time is below zero, set again by itself, takes 4 % of a core (measured) and has Node 24 warn without end
 * (https://github.com/tulios/kafkajs/issues/1751). Whatever is to be sent sets the timer itself.
 */
export function quietKafkajs(): void {
  if (isQuiet) return;
  isQuiet = true;
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
