import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CustodyError } from '../errors.ts';
import type { WrittenBatch } from './segment.ts';
import type {
  FromWorker,
  ScanReport,
  ScanRequest,
  ToWorker,
  WorkerFailure,
  WriteRequest,
} from './worker-messages.ts';

/** A block of bytes on its way through a worker. */
export interface BlockJob {
  /** Settles once the block is scanned. */
  scanned: Promise<ScanReport>;
  /** Writes one batch of the block; asking again for the same part gives the same files. */
  write(request: WriteRequest): Promise<WrittenBatch>;
  /** A copy of some bytes of the block; one question at a time. */
  peek(from: number, to: number): Promise<Uint8Array>;
  /** Nothing (more) of the block is to be written: its worker may take another. */
  settle(): void;
  /** Takes the bytes back, after what is under way. */
  release(): Promise<SharedArrayBuffer>;
}

interface Slot {
  worker: Worker;
  job: Job | null;
}

const openPools = new Set<WorkerPool>();

/** Stops every worker of this process; what ingests of it wait for fails as interrupted. */
export async function stopWorkers(): Promise<void> {
  await Promise.all([...openPools].map((pool) => pool.close()));
}

/** Worker threads that scan and write; blocks go to whichever is free, in order. */
export class WorkerPool {
  readonly size: number;
  readonly #slots: Slot[] = [];
  readonly #queue: Job[] = [];
  readonly #jobs = new Map<number, Job>();
  #nextJob = 1;
  #failure: unknown;

  constructor(size: number, key: Uint8Array) {
    this.size = size;
    for (let index = 0; index < size; index += 1) {
      const slot: Slot = { worker: startWorker({ key }), job: null };
      slot.worker.on('message', (message: FromWorker) => this.#receive(slot, message));
      slot.worker.on('error', (error) => this.#fail(error));
      slot.worker.on('messageerror', (error) => this.#fail(error));
      this.#slots.push(slot);
    }
    openPools.add(this);
  }

  /** Hands over a block; its buffer is the worker's until it is released. */
  scan(request: ScanRequest): BlockJob {
    const job = new Job(
      this.#nextJob++,
      request,
      () => this.#dispatch(),
      (gone) => this.#drop(gone),
    );
    this.#jobs.set(job.id, job);
    if (this.#failure !== undefined) job.fail(this.#failure);
    this.#queue.push(job);
    this.#dispatch();
    return job;
  }

  /** Drops what waits, lets each worker finish the batch it is writing, and ends the threads. */
  async close(): Promise<void> {
    this.#failure ??= new CustodyError('INTERRUPTED', 'Cannot go on landing: it was stopped', {
      hint: 'what was committed is kept; run the same command again',
    });
    for (const job of this.#jobs.values()) job.fail(this.#failure);
    await Promise.all(this.#slots.map(({ worker }) => stopWorker(worker)));
    openPools.delete(this);
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.job !== null && !slot.job.idle) continue;
      const next = this.#queue.shift();
      if (next === undefined) return;
      slot.job = next;
      next.start((message) => slot.worker.postMessage(message));
    }
  }

  /** A job that no worker has begun needs none to give its bytes back. */
  #drop(job: Job): void {
    this.#queue.splice(this.#queue.indexOf(job), 1);
    this.#jobs.delete(job.id);
  }

  #receive(slot: Slot, message: FromWorker): void {
    const job = this.#jobs.get(message.job);
    if (job === undefined) return;
    if (message.type === 'released') {
      this.#jobs.delete(message.job);
      if (slot.job === job) slot.job = null;
    }
    job.receive(message);
    this.#dispatch();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const job of this.#jobs.values()) job.fail(error);
  }
}

class Job implements BlockJob {
  readonly id: number;
  readonly scanned: Promise<ScanReport>;
  readonly #request: ScanRequest;
  readonly #changed: () => void;
  readonly #drop: (job: Job) => void;
  readonly #scanned = deferred<ScanReport>();
  readonly #released = deferred<SharedArrayBuffer>();
  readonly #written = new Map<number, Deferred<WrittenBatch>>();
  #send: ((message: ToWorker) => void) | undefined;
  #peeked: Deferred<Uint8Array> | undefined;
  #settled = false;
  #releasing = false;
  #writing = 0;

  constructor(id: number, request: ScanRequest, changed: () => void, drop: (job: Job) => void) {
    this.#drop = drop;
    this.id = id;
    this.#request = request;
    this.#changed = changed;
    this.scanned = this.#scanned.promise;
    // A failure reaches whoever awaits the block in its turn; until then nobody may be listening.
    this.#scanned.promise.catch(() => {});
    this.#released.promise.catch(() => {});
  }

  /** The worker has nothing to do for this block just now and will not get more. */
  get idle(): boolean {
    return this.#settled && this.#writing === 0;
  }

  start(send: (message: ToWorker) => void): void {
    this.#send = send;
    send({ type: 'scan', job: this.id, request: this.#request });
  }

  write(request: WriteRequest): Promise<WrittenBatch> {
    const known = this.#written.get(request.part);
    if (known !== undefined) return known.promise;
    const outcome = deferred<WrittenBatch>();
    outcome.promise.catch(() => {});
    this.#written.set(request.part, outcome);
    this.#writing += 1;
    if (this.#send === undefined) throw new Error('a batch is written before its block is scanned');
    this.#send({ type: 'write', job: this.id, request });
    return outcome.promise;
  }

  peek(from: number, to: number): Promise<Uint8Array> {
    this.#peeked = deferred<Uint8Array>();
    this.#send?.({ type: 'peek', job: this.id, from, to });
    return this.#peeked.promise;
  }

  settle(): void {
    this.#settled = true;
    this.#changed();
  }

  release(): Promise<SharedArrayBuffer> {
    if (!this.#releasing) {
      this.#releasing = true;
      this.#settled = true;
      if (this.#send === undefined) {
        this.#drop(this);
        this.#released.resolve(this.#request.bytes);
      } else this.#send({ type: 'release', job: this.id });
    }
    return this.#released.promise;
  }

  receive(message: FromWorker): void {
    if (message.type === 'scanned') this.#scanned.resolve(message.report);
    else if (message.type === 'released') this.#released.resolve(this.#request.bytes);
    else if (message.type === 'peeked') this.#peeked?.resolve(message.bytes);
    else if (message.type === 'failed') this.fail(revive(message.failure));
    else {
      this.#writing -= 1;
      this.#written.get(message.part)?.resolve(message.written);
    }
  }

  fail(error: unknown): void {
    this.#scanned.reject(error);
    this.#released.reject(error);
    this.#peeked?.reject(error);
    for (const outcome of this.#written.values()) outcome.reject(error);
  }
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((whenDone, whenFailed) => {
    resolve = whenDone;
    reject = whenFailed;
  });
  return { promise, resolve, reject };
}

function revive(failure: WorkerFailure): Error {
  if (failure.code !== null) {
    const options = failure.hint === undefined ? {} : { hint: failure.hint };
    return new CustodyError(failure.code, failure.message, options);
  }
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

/**
 * Asks a thread to end by itself. Terminating it while DuckDB calls back into it aborts the whole
 * process (SIGABRT in about half of the tries, measured), and with it the exit code.
 */
function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    // A thread that has ended has no id any more.
    if (worker.threadId === -1) resolve();
    else {
      worker.once('exit', () => resolve());
      worker.postMessage({ type: 'stop' } satisfies ToWorker);
    }
  });
}

/** Built, a worker is plain JavaScript; from source, the thread has to learn TypeScript first. */
function startWorker(workerData: { key: Uint8Array }): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  }
  const tsx = dirname(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = pathToFileURL(join(tsx, 'dist/esm/api/index.mjs')).href;
  const entry = new URL('./worker.ts', import.meta.url).href;
  const code = `import('${loader}').then((tsx) => { tsx.register(); return import('${entry}'); })`;
  return new Worker(code, { eval: true, workerData });
}
