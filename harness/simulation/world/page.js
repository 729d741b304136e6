// One document in a tab: its timers, listeners and life, from loading until it is gone.

import * as codes from "./codes.js";
import { ACTIVE, FROZEN, GONE } from "./kernel.js";

/** Timers of hidden pages run once a second (Chromium and Firefox). */
const HIDDEN_EVERY_MS = 1000;

export class Page {
  state = ACTIVE;
  /** Events that wait for the page to leave the back/forward cache. */ deferred = [];
  /** Requests for Web Locks, */ locks = [];
  /** and those that have not arrived yet, in the order of asking. */ asked = [];
  /** Bytes of keepalive requests and beacons in flight. */ quotaBytes = 0;
  isHidden = false;
  /** Leaving: a synchronous request is forbidden. */ isLeaving = false;
  isReady = false;
  goneMs = Infinity;
  /** When it last came back from the back/forward cache. */ thawedMs = -Infinity;
  documentListeners = new Map();
  windowListeners = new Map();
  /** @type {{ready: Promise<void>, show: Function, recorder: object} | null} */ impressions = null;
  frames = [];
  // What the oracle knows of it.
  /** Views since it last sent something. */ fresh = 0;
  /** Batches with views of which no attempt was made. @type {Set<string>} */ unsent = new Set();
  /** What it handed over by beacon or keepalive since it was last in front. */ handedBytes = 0;
  attempts = 0;
  /** Its last attempt. */ measured = null;
  failures = 0;
  notBeforeMs = 0;
  quietUntilMs = 0;
  isAsked = false;
  hiddenMs = -Infinity;
  /** Why it did not come up. */ failure = null;
  #timers = [];
  #nextId = 1;
  #armed = null;
  #armedMs = Infinity;
  #kernel;
  #chance;

  constructor(kernel, chance, number, options) {
    this.#kernel = kernel;
    this.#chance = chance;
    this.number = number;
    this.options = options;
    this.originMs = kernel.nowMs;
    this.chance = chance;
  }

  get isGone() {
    return this.state === GONE;
  }

  // ---- timers --------------------------------------------------------------------------------

  setTimer(run, delayMs, repeats) {
    const waitMs = Math.max(repeats ? 4 : 0, Math.trunc(Number(delayMs)) || 0);
    const id = this.#nextId++;
    // Beyond 31 bits a timer fires at once.
    const dueMs = this.#kernel.nowMs + (waitMs > 2 ** 31 - 1 ? 0 : waitMs);
    this.#timers.push({ id, dueMs, run, everyMs: repeats ? waitMs : 0 });
    if (dueMs < this.#armedMs) this.#arm();
    return id;
  }

  clearTimer(id) {
    const place = this.#timers.findIndex((timer) => timer.id === id);
    if (place >= 0) this.#timers.splice(place, 1);
  }

  #earliest() {
    let found = null;
    for (const timer of this.#timers) {
      if (found === null || timer.dueMs < found.dueMs) found = timer;
    }
    return found;
  }

  #arm() {
    if (this.#armed) this.#armed.isLive = false;
    const first = this.#earliest();
    if (first === null) {
      this.#armed = null;
      this.#armedMs = Infinity;
      return;
    }
    this.#armedMs = first.dueMs;
    const share = this.#chance.next();
    let delayMs = Math.max(0, first.dueMs - this.#kernel.nowMs);
    delayMs += share < 0.97 ? share * 1.5 : (share - 0.97) * 2000;
    if (this.isHidden) {
      const atMs = this.#kernel.nowMs - this.originMs + delayMs;
      delayMs += Math.ceil(atMs / HIDDEN_EVERY_MS) * HIDDEN_EVERY_MS - atMs;
    }
    this.#armed = this.#kernel.after(delayMs, this, codes.TIMER, this.#fire);
  }

  #fire = () => {
    const timer = this.#earliest();
    this.#armedMs = Infinity;
    this.#armed = null;
    if (timer !== null && timer.dueMs <= this.#kernel.nowMs) {
      if (timer.everyMs > 0) timer.dueMs = this.#kernel.nowMs + timer.everyMs;
      else this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.run();
      this.#kernel.checkpoint();
    }
    if (this.#armed === null) this.#arm();
  };

  // ---- frames --------------------------------------------------------------------------------

  requestFrame(run) {
    this.frames.push(run);
    if (!this.isHidden) this.#scheduleFrame();
  }

  #scheduleFrame() {
    this.#kernel.after(this.#chance.between(1, 17), this, codes.FRAME, () => {
      if (this.isHidden) return;
      const frames = this.frames;
      this.frames = [];
      for (const run of frames) {
        run();
        this.#kernel.checkpoint();
      }
    });
  }

  // ---- events --------------------------------------------------------------------------------

  /** Call the listeners of an event; the microtasks of each run before the next is called. */
  dispatch(listeners, event) {
    for (const one of [...(listeners.get(event.type) ?? [])]) {
      if (one.isGone || one.signal?.aborted) continue;
      if (one.once) removeListener(listeners, event.type, one.listener);
      one.listener(event);
      this.#kernel.checkpoint();
    }
  }

  /** Become hidden or visible, and tell the document. */
  setHidden(isHidden) {
    if (this.isHidden === isHidden || this.state === GONE) return;
    this.#kernel.enter(this, () => {
      this.isHidden = isHidden;
      if (!isHidden) this.handedBytes = 0;
      if (!isHidden && this.frames.length > 0) this.#scheduleFrame();
      this.#arm();
      this.dispatch(this.documentListeners, { type: "visibilitychange", isTrusted: true });
    });
  }

  /** Leave the document: `pagehide`, then hidden; the engine decides which event comes first. */
  leave(isPersisted) {
    this.isLeaving = true;
    this.hiddenMs = this.#kernel.nowMs;
    const hides = () => this.setHidden(true);
    const isHiddenFirst = this.#chance.happens(0.2);
    if (isHiddenFirst) hides();
    this.#kernel.enter(this, () => {
      const event = { type: "pagehide", persisted: isPersisted, isTrusted: true };
      this.dispatch(this.windowListeners, event);
    });
    if (!isHiddenFirst) hides();
    if (isPersisted) this.state = FROZEN;
  }

  /** Come back from the back/forward cache. */
  comeBack() {
    this.state = ACTIVE;
    this.thawedMs = this.#kernel.nowMs;
    this.fresh = 0; // Another tab may have taken over what it had not sent.
    this.unsent.clear();
    this.isLeaving = false;
    const shows = () => this.setHidden(false);
    const isShownFirst = this.#chance.happens(0.5);
    if (isShownFirst) shows();
    this.#kernel.enter(this, () => {
      const event = { type: "pageshow", persisted: true, isTrusted: true };
      this.dispatch(this.windowListeners, event);
    });
    if (!isShownFirst) shows();
    this.#kernel.resume(this);
    this.#arm();
  }

  /** Be gone: no script of it runs any more. */
  end() {
    this.state = GONE;
    this.goneMs = this.#kernel.nowMs;
    this.#timers.length = 0;
    this.deferred.length = 0;
  }
}

/** Add a listener as `addEventListener` does: the same one only once. */
export function addListener(listeners, type, listener, { once = false, signal } = {}) {
  let those = listeners.get(type);
  if (!those) listeners.set(type, (those = []));
  if (those.some((one) => one.listener === listener) || signal?.aborted) return;
  those.push({ listener, once, signal, isGone: false });
}

export function removeListener(listeners, type, listener) {
  const those = listeners.get(type) ?? [];
  const place = those.findIndex((one) => one.listener === listener);
  if (place < 0) return;
  those[place].isGone = true;
  those.splice(place, 1);
}
