// Web Locks of one origin: granted in the order of asking, given back when the page is gone.
//
// What one page asks for arrives in the order in which it asked (Web Locks API: a request is steps on
// a parallel queue, the lock task queue), what two pages ask for in any order.

import * as codes from "./codes.js";
import { GONE } from "./kernel.js";

const FASTEST_MS = 0.05;
const SLOWEST_TO_FASTEST = 10_000;

const WAITING = 0;
const HELD = 1;
const RELEASED = 2;

export class Locks {
  /** @type {Map<string, object[]>} name → requests, those that hold it first */ #names = new Map();
  #kernel;
  #chance;

  constructor(kernel, chance) {
    this.#kernel = kernel;
    this.#chance = chance;
  }

  /**
   * A request crosses processes: most are granted within a millisecond, and one in ten on a busy
   * machine later than answers come. So each order of a grant, a write and an answer occurs.
   */
  #latencyMs() {
    return FASTEST_MS * SLOWEST_TO_FASTEST ** (this.#chance.next() ** 2);
  }

  /** Ask for a lock for the page that runs, as `navigator.locks.request` does. */
  request(name, ...rest) {
    const callback = rest.pop();
    const { mode = "exclusive", ifAvailable = false, steal = false, signal } = rest[0] ?? {};
    const { page } = this.#kernel;
    return new Promise((resolve, reject) => {
      const one = { name, mode, ifAvailable, steal, page, callback, resolve, reject, state: WAITING, isLetGo: false };
      page.locks.push(one);
      page.asked.push(one);
      signal?.addEventListener("abort", () => this.#withdraw(one));
      this.#kernel.after(this.#latencyMs(), null, codes.LOCK_ASKED, this.#ask, page);
    });
  }

  /** Return whether the page holds a lock, or waits for one. */
  isUsedBy(page) {
    return page.locks.some((one) => one.state !== RELEASED);
  }

  /** Return whether the page holds a lock that it has not let go of, or waits for one. */
  isKeptBy(page) {
    return page.locks.some((one) => one.state !== RELEASED && !one.isLetGo);
  }

  /** Return whether no page holds a lock, or waits for one. */
  areFree() {
    return this.#names.size === 0;
  }

  /** The page is gone: what it holds is free, what it waits for is withdrawn. */
  pageGone(page) {
    for (const one of page.locks) {
      if (one.state !== RELEASED) {
        this.#kernel.after(this.#latencyMs(), null, codes.LOCK_RELEASED, this.#release, one);
      }
    }
    page.locks.length = 0;
  }

  #ask = (page) => {
    const one = page.asked.shift();
    if (one.state === RELEASED || one.page.state === GONE) return;
    let line = this.#names.get(one.name);
    if (!line) this.#names.set(one.name, (line = []));
    if (one.steal) for (const other of line.filter((each) => each.state === HELD)) this.#release(other);
    if (one.ifAvailable && !this.#isFree(one, line)) {
      one.state = RELEASED;
      this.#kernel.after(this.#latencyMs(), one.page, codes.LOCK_GRANTED, this.#call, one);
      return;
    }
    if (one.steal) line.unshift(one);
    else line.push(one);
    this.#grant(one.name);
  };

  #isFree(one, line) {
    return line.every((other) => other.mode === "shared" && one.mode === "shared");
  }

  #grant(name) {
    const line = this.#names.get(name);
    for (let place = 0; place < line.length; place += 1) {
      const one = line[place];
      if (one.state === HELD) continue;
      if (!this.#isFree(one, line.slice(0, place))) return;
      one.state = HELD;
      this.#kernel.after(this.#latencyMs(), one.page, codes.LOCK_GRANTED, this.#call, one);
    }
  }

  /** In the page: call back, and let go when its promise settles. */
  #call = (one) => {
    const lock = one.state === HELD ? { name: one.name, mode: one.mode } : null;
    const done = () => {
      if (!lock) return;
      one.isLetGo = true;
      this.#kernel.after(this.#latencyMs(), null, codes.LOCK_RELEASED, this.#release, one);
    };
    const settled = (async () => one.callback(lock))();
    settled.then(
      (value) => {
        done();
        one.resolve(value);
      },
      (error) => {
        done();
        one.reject(error);
      },
    );
  };

  #release = (one) => {
    if (one.state === RELEASED) return;
    one.state = RELEASED;
    this.#kernel.hasRun = true; // A walk may wait for it.
    const line = this.#names.get(one.name);
    if (!line) return;
    const place = line.indexOf(one);
    if (place >= 0) line.splice(place, 1);
    if (line.length === 0) this.#names.delete(one.name);
    else this.#grant(one.name);
  };

  #withdraw(one) {
    if (one.state !== WAITING) return;
    this.#release(one);
    one.reject(new Error("AbortError"));
  }
}
