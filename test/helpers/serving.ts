import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCustody } from './exec.ts';

/** A running `custody serve`. */
export interface ServingProcess {
  address: string;
  child: ChildProcess;
  /** What it has written so far. */
  log: () => string;
  /** Ends it by a signal, and gives its exit code. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Starts the built program on a store and waits until it listens. */
export async function startServe(parameters: readonly string[]): Promise<ServingProcess> {
  const child = startCustody(['serve', ...parameters]);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = once(child, 'close');
  for (;;) {
    const address = / at (https?:\/\/\S+);/.exec(log)?.[1];
    if (address !== undefined) {
      return {
        address,
        child,
        log: () => log,
        end: async (signal) => {
          child.kill(signal);
          const [code] = (await ended) as [number | null];
          return code;
        },
      };
    }
    if (child.exitCode !== null) throw new Error(`custody serve ended: ${log}`);
    await sleep(20);
  }
}

/** An audit event with an id of its own. */
export function auditEvent(id: string): object {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/payments/secrets/${id}`,
    verb: 'get',
    user: { username: 'ana' },
    sourceIPs: ['10.0.0.1'],
    objectRef: { resource: 'secrets', namespace: 'payments', name: id, apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-03-01T10:00:00.000000Z',
    stageTimestamp: '2026-03-01T10:00:00.100000Z',
  };
}

/** A body as an API server sends it. */
export function eventList(ids: readonly string[]): string {
  const items = ids.map(auditEvent);
  return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items });
}
