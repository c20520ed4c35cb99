import type { FetchedMessages, PartitionExtent } from '../ingest/kafka.ts';
import type {
  LandedRun,
  MessageRun,
  PartitionLander,
  PartitionMessage,
} from '../landing/partition-lander.ts';
import type {
  PartitionIdentity,
  PartitionNotice,
  PartitionPlace,
  PartitionState,
  PartitionTail,
} from '../landing/partition-progress.ts';

/** What a reader is given to work with, and who is told. */
export interface ReaderSurroundings {
  lander: PartitionLander;
  progress: (identity: PartitionIdentity) => PartitionState;
  extent: (place: PartitionPlace) => Promise<PartitionExtent | undefined>;
  batchBytesMax: number;
  batchMilliseconds: number;
  /** Whether more may wait in memory, all partitions together. */
  hasRoom: () => boolean;
  /** Throws where nothing can be written now. */
  beforeLanding: () => Promise<void>;
  landed: (reader: PartitionReader, run: MessageRun, landed: LandedRun, seconds: number) => void;
  noticed: (reader: PartitionReader, notice: PartitionNotice) => void;
  /** It gives up, and the partition is to be begun again from what the manifest says. */
  failed: (reader: PartitionReader, error: unknown) => void;
}

/** A partition that this process has, from one assignment to the next. */
export interface ReaderSubject {
  place: PartitionPlace;
  identity: PartitionIdentity;
  source: string;
  cluster: string;
}

/** So often a fetch may begin at a strange place before it is taken for a sign: one is a late answer. */
const straysMax = 3;

/**
 * Reads one partition: gathers what is fetched, lands it by size and time, and sees whether something
 * is missing. It begins with the last message that is landed, which must still be what it was.
 */
export class PartitionReader {
  readonly subject: ReaderSubject;
  /** The offset that is fetched next. */
  position: number;
  highWatermark = 0;
  /** When a message came last, or the reader began; milliseconds since 1970. */
  heardAt = Date.now();
  /** Why it is read no further. */
  stopped: string | null = null;
  readonly #surroundings: ReaderSurroundings;
  #tail: PartitionTail | null;
  #from: MessageRun['from'];
  #messages: PartitionMessage[] = [];
  #bytes = 0;
  #landingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #landing: Promise<void> | null = null;
  #ended = false;
  #strays = 0;
  #lowEnds = 0;
  #isAlive: () => boolean = () => true;

  constructor(subject: ReaderSubject, surroundings: ReaderSurroundings) {
    this.subject = subject;
    this.#surroundings = surroundings;
    const { next, tail } = surroundings.progress(subject.identity);
    this.#from = next ?? 'beginning';
    this.#tail = tail;
    this.position = tail?.offset ?? next ?? 0;
  }

  /** Bytes that are fetched and not landed. */
  get pendingBytes(): number {
    return this.#bytes + this.#landingBytes;
  }

  /** Whether it still may commit. */
  get isCurrent(): boolean {
    return !this.#ended && this.#isAlive();
  }

  /**
   * Takes what was fetched.
   *
   * @returns false where it is of no use: `position` says where to go on
   */
  async take(batch: FetchedMessages, isAlive: () => boolean): Promise<boolean> {
    if (this.#ended || this.stopped !== null) return false;
    this.highWatermark = batch.highWatermark;
    if (batch.fetchedFrom !== this.position && !(await this.#accepts(batch))) return false;
    if (this.#ended || this.stopped !== null) return false;
    const [first] = batch.messages;
    const tail = this.#tail;
    if (tail !== null && first?.offset === tail.offset && !this.#isSame(first, tail.check)) {
      this.stop(`another message stands at offset ${tail.offset}, which is landed`);
      return false;
    }
    this.#tail = null;
    this.#strays = 0;
    this.heardAt = Date.now();
    this.position = batch.next;
    for (const message of batch.messages) {
      if (typeof this.#from === 'number' && message.offset < this.#from) continue;
      this.#messages.push(message);
      this.#bytes += (message.value?.length ?? 0) + 1;
    }
    const { batchBytesMax, batchMilliseconds, hasRoom } = this.#surroundings;
    if (this.#bytes >= batchBytesMax || !hasRoom()) {
      this.#isAlive = isAlive;
      await this.flush();
      this.#isAlive = () => true;
    } else this.#timer ??= setTimeout(() => void this.flush(), batchMilliseconds);
    return !this.#ended;
  }

  /** There was nothing but marks of transactions. */
  pass(next: number): void {
    if (this.#tail !== null || next <= this.position) return;
    this.position = next;
    this.heardAt = Date.now();
  }

  /** Lands what has come so far; one batch at a time. */
  async flush(): Promise<void> {
    while (this.#landing !== null) await this.#landing;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#ended || this.#messages.length === 0) return;
    this.#landing = this.#land();
    await this.#landing;
  }

  /** Compares with what the broker says that it has. */
  lookAt(extent: PartitionExtent): void {
    this.highWatermark = extent.high;
    if (this.#ended || this.stopped !== null || this.#landing !== null) return;
    if (this.#messages.length > 0) return;
    const { next, tail } = this.#state();
    if (next === null) return;
    if (extent.low > next) this.#noteGap(next, extent.low, new Date());
    // A broker that has just begun to lead may not know its end for a moment.
    this.#lowEnds = extent.high < (tail === null ? next : tail.offset + 1) ? this.#lowEnds + 1 : 0;
    if (this.#lowEnds > 1) this.stop(endsBelow(next));
  }

  /** Reads no further, and has it noted why. */
  stop(why: string): void {
    const notice = this.#noticeOfStop(why);
    this.stopped = why;
    this.#surroundings.lander.note(this.subject, notice);
    this.#surroundings.noticed(this, notice);
  }

  /** Its partition is another's, or read by another reader: what it holds it forgets. */
  end(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#messages = [];
    this.#bytes = 0;
  }

  #state(): PartitionState {
    return this.#surroundings.progress(this.subject.identity);
  }

  #isSame(message: PartitionMessage, check: string): boolean {
    return this.#surroundings.lander.checkOf(message) === check;
  }

  /** Whether a batch that begins elsewhere may be taken: the broker may have had its beginning no more. */
  async #accepts(batch: FetchedMessages): Promise<boolean> {
    const extent = await this.#surroundings.extent(this.subject.place);
    if (this.#ended || extent === undefined) return false;
    if (this.#from === 'beginning' && this.position === 0 && batch.fetchedFrom <= extent.low) {
      // Nothing of it was ever landed: it begins with the first message that there is.
      this.position = batch.fetchedFrom;
      return true;
    }
    await this.flush();
    const { next, tail } = this.#state();
    if (this.#ended || next === null) return this.#giveUp();
    if (extent.low > next) {
      const [first] = batch.messages;
      const at = batch.fetchedFrom === extent.low && first !== undefined ? first.at : Date.now();
      this.#noteGap(next, extent.low, new Date(at));
      return false;
    }
    if (tail !== null && extent.low > tail.offset) {
      // The broker removed what was landed, and nothing else: there is nothing left to compare with.
      this.#tail = null;
      this.position = next;
      return false;
    }
    this.#strays += 1;
    if (extent.high < (tail === null ? next : tail.offset + 1)) {
      this.stop(endsBelow(next));
    } else if (batch.fetchedFrom < this.position && this.#strays >= straysMax) {
      this.stop(`the log ended below offset ${next}, which is landed, and began anew`);
    }
    return false;
  }

  /** Something is amiss with this reader, not with the partition. */
  #giveUp(): false {
    if (!this.#ended) this.#surroundings.failed(this, null);
    return false;
  }

  #noteGap(next: number, low: number, until: Date): void {
    const from_at = this.#state().lastAt;
    const until_at = until.toISOString();
    const notice = { kind: 'gap', first: next, last: low - 1, from_at, until_at } as const;
    this.#surroundings.lander.note(this.subject, notice);
    this.#tail = null;
    this.#from = low;
    this.position = low;
    this.#surroundings.noticed(this, notice);
  }

  #noticeOfStop(why: string): PartitionNotice {
    const from_at = this.#state().lastAt;
    return { kind: 'made_anew', why, from_at, until_at: new Date().toISOString() };
  }

  async #land(): Promise<void> {
    const started = performance.now();
    const { identity, source, cluster } = this.subject;
    const next = this.position;
    const run: MessageRun = {
      ...{ identity, source, cluster, next },
      messages: this.#messages,
      from: this.#from,
    };
    this.#landingBytes = this.#bytes;
    this.#messages = [];
    this.#bytes = 0;
    try {
      await this.#surroundings.beforeLanding();
      const landed = await this.#surroundings.lander.land(run, () => this.isCurrent);
      if (landed === null) {
        if (!this.#ended) this.#surroundings.failed(this, null);
      } else {
        this.#from = next;
        this.#surroundings.landed(this, run, landed, (performance.now() - started) / 1000);
      }
    } catch (error) {
      if (!this.#ended) this.#surroundings.failed(this, error);
    } finally {
      this.#landing = null;
      this.#landingBytes = 0;
    }
  }
}

/** The same text each time it is seen: it is noted once. */
function endsBelow(next: number): string {
  return `the log ends below offset ${next}, up to which it is landed`;
}
