/** Something that is to happen at a time. */
interface Entry {
  at: number;
  /** Entries of one time happen in the order in which they were made. */
  number: number;
  act: () => void;
}

/** What is to happen, the earliest first. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #count = 0;

  /** Puts an act down for a time, in microseconds. */
  add(at: number, act: () => void): void {
    const heap = this.#heap;
    heap.push({ at, number: this.#count, act });
    this.#count += 1;
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) return;
      index = parent;
    }
  }

  /** Takes the earliest entry out; undefined where nothing is left. */
  next(): { at: number; act: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = right < heap.length && this.#isLater(left, right) ? right : left;
      if (child >= heap.length || !this.#swapIfLater(index, child)) return first;
      index = child;
    }
  }

  #swapIfLater(parent: number, child: number): boolean {
    const heap = this.#heap;
    const [upper, lower] = [heap[parent], heap[child]];
    if (upper === undefined || lower === undefined || !this.#isLater(parent, child)) return false;
    heap[parent] = lower;
    heap[child] = upper;
    return true;
  }

  #isLater(left: number, right: number): boolean {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one === undefined || other === undefined) return false;
    return one.at > other.at || (one.at === other.at && one.number > other.number);
  }
}
