// Virtual time: a heap of events, one after the other, each with the microtasks that it queues.
//
// Events that are due at the same moment run in an order that the seed decides. An event may belong
// to a page: of a page that is gone it never runs, of a page that is frozen it waits.

/** Run every queued microtask now, as a browser does after each callback. */
const drain = new Function("return %PerformMicrotaskCheckpoint()");

export const ACTIVE = 0;
export const FROZEN = 1;
export const GONE = 2;

/** How many milliseconds since the epoch it is when a world begins. */
export const EPOCH_MS = 1_700_000_000_000;

class Event {
  constructor(dueMs, tie, page, run, code, detail) {
    this.dueMs = dueMs;
    this.tie = tie;
    this.page = page;
    this.run = run;
    this.code = code;
    this.detail = detail;
    this.isLive = true;
  }
}

export class Kernel {
  /** The time, in milliseconds since the beginning of the world. */
  nowMs = 0;
  /** The page whose script runs, null between scripts. */
  page = null;
  /** How many events have run. */
  count = 0;
  /** Whether a script of the awaited page has run since this was last set to false. */
  hasRun = false;
  /** The page whose scripts alone can end what a walk waits for; null where any can. */
  awaited = null;
  #heap = [];
  #hash = 2166136261;
  #hash2 = 3141592653;
  #chance;

  constructor(chance) {
    this.#chance = chance;
  }

  /** Return the hash of everything that happened, in its order. */
  get trace() {
    return (this.#hash >>> 0).toString(16).padStart(8, "0") + (this.#hash2 >>> 0).toString(16);
  }

  /** Make a number part of the trace. */
  note(number) {
    this.#hash = Math.imul(this.#hash ^ number, 16777619);
    this.#hash2 = Math.imul(this.#hash2 + number, 0x85ebca6b) ^ (this.#hash2 >>> 13);
  }

  /** Make a text part of the trace: its length and its ends. */
  noteText(text) {
    this.note((text.charCodeAt(0) << 16) ^ (text.charCodeAt(text.length - 1) << 8) ^ text.length);
  }

  /**
   * Run `run(detail)` in `delayMs`, in the page if it is one's; return the event.
   * @param {number} code  names the kind of event in the trace
   */
  after(delayMs, page, code, run, detail) {
    const event = new Event(this.nowMs + delayMs, this.#chance.next(), page, run, code, detail);
    this.#push(event);
    return event;
  }

  /** Return when the next event is due, Infinity if there is none. */
  nextMs() {
    while (this.#heap.length > 0 && !this.#heap[0].isLive) this.#pop();
    return this.#heap.length > 0 ? this.#heap[0].dueMs : Infinity;
  }

  /** Run the next event. */
  step() {
    const event = this.#pop();
    if (!event.isLive) return;
    const { page } = event;
    if (event.dueMs > this.nowMs) this.nowMs = event.dueMs;
    if (page !== null && page.state !== ACTIVE) {
      if (page.state === FROZEN) page.deferred.push(event);
      return;
    }
    this.count += 1;
    this.note(event.code);
    this.note((this.nowMs * 1000) | 0);
    if (page === null) event.run(event.detail);
    else this.enter(page, event.run, event.detail);
  }

  /** Call a function as a script of the page, and run the microtasks that it queues. */
  enter(page, run, detail) {
    const before = this.page;
    this.page = page;
    if (this.awaited === null || this.awaited === page) this.hasRun = true;
    try {
      const value = run(detail);
      drain();
      return value;
    } finally {
      this.page = before;
    }
  }

  /** Run a script of the page now; if it is frozen, once it is resumed; if it is gone, never. */
  deliver(page, code, run) {
    if (page.state === ACTIVE) this.enter(page, run);
    else if (page.state === FROZEN) page.deferred.push(new Event(this.nowMs, 0, page, run, code));
  }

  /** Run the page's queued microtasks: what a browser does between two callbacks of one task. */
  checkpoint() {
    drain();
  }

  /** Queue again what a page could not run while it was frozen. */
  resume(page) {
    const waiting = page.deferred;
    page.deferred = [];
    let delayMs = 0;
    for (const event of waiting) {
      delayMs += this.#chance.next();
      event.dueMs = this.nowMs + delayMs;
      if (event.isLive) this.#push(event);
    }
  }

  #push(event) {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(event, heap[above])) break;
      heap[place] = heap[above];
      place = above;
    }
    heap[place] = event;
  }

  #pop() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) below += 1;
      if (!isBefore(heap[below], last)) break;
      heap[place] = heap[below];
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

const isBefore = (one, other) =>
  one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.tie < other.tie);
