// Records which artworks a visitor has seen: the display page calls record(id), everything else
// happens here. Two presets of one set of options (options.js): `roadmap` is what the roadmap
// lists, `durable` meets the same demands and loses nothing.
//
// An id lives in exactly one batch. A batch keeps its id for life, is written to disk (queue.js)
// before it is sent (delivery.js), and leaves disk and memory only when an answer says so.

import { Delivery, bytesOf, countIds } from "./delivery.js";
import { PRESETS } from "./options.js";
import { WriteAheadQueue } from "./queue.js";

/**
 * @typedef {import("./options.js").Options} Options
 * @typedef {import("./delivery.js").Batch} Batch
 * @typedef {import("./transports.js").Transport} Transport
 *
 * @typedef {{type: string, at: number, number: number, tab: string, user: string | null,
 *   queueDepth: number, inFlight: number, [fact: string]: unknown}} RecorderEvent
 *   `number` counts this recorder's events from 1: who hears them all misses none
 */

/** Room for the attempt number and the counters to grow after a batch was measured. */
const SLACK_BYTES = 128;
const LONGEST_ID_BYTES = 512;
/** Repeats of the last so many artworks are recognised. */
const REMEMBERED_IDS = 100_000;

export class Recorder {
  /** @type {string | null} whose views these are */ subject;
  /** @type {Promise<void>} the queue is open and what dead tabs left is known */ ready;

  /** @type {Options} */ #options;
  /** @type {(event: RecorderEvent) => void} */ #onEvent;
  /** @type {WriteAheadQueue | null} */ #queue;
  /** @type {Delivery} */ #delivery;
  /** @type {Batch | null} */ #open = null;
  #openBytes = 0;
  #seq = 0;
  /** @type {Record<string, string> | undefined} of the first batch */ #experiments;
  /** @type {Map<string, Promise<boolean>>} ids recorded for this subject */ #seen = new Map();
  /** @type {Set<string>} batches of other users on disk, reported once */ #reported = new Set();
  /** @type {Set<Batch>} */ #unwritten = new Set();
  /** @type {Promise<boolean> | null} */ #writing = null;
  #adopting = 0;
  #events = 0;
  #counters = { recorded: 0, adopted: 0, memoryMode: false };
  #listening = new AbortController();
  #leftAt = -Infinity;
  #visibilityTimer = 0;

  /**
   * @param {{subject: string | null, onEvent?: (event: RecorderEvent) => void,
   *   options?: Partial<Options>, experiments?: Record<string, string>}} how
   *   `experiments`: whose options these are, by variant; the first batch of `subject` names them
   */
  constructor({ subject, onEvent = () => {}, options = {}, experiments = {} }) {
    /** New with every load, so that a reload, a copied or a restored tab is another tab. */
    this.tabId = randomId();
    this.subject = subject;
    this.#onEvent = onEvent;
    if (Object.keys(experiments).length) this.#experiments = experiments;
    this.#options = { ...PRESETS.durable, ...options };
    const { journal, openTimeoutMs } = this.#options;
    this.#queue = journal ? new WriteAheadQueue(this.tabId, openTimeoutMs) : null;
    this.#delivery = new Delivery(this.#options, {
      emit: (type, facts) => this.#emit(type, facts),
      body: (batch, transport, attempt) => this.#body(batch, transport, attempt),
      // Not awaited: the number only has to reach the tab that inherits the batch.
      attempted: (batch) => void this.#queue?.put([batch]).catch(() => {}),
      settled: (batch) => void this.#forget(batch),
    });
    this.#listen();
    this.ready = this.#start();
  }

  // ---- what a page may ask -------------------------------------------------------------------

  /**
   * Takes an id into the queue; the same id again is the same view. Resolves once it is on disk:
   * true, or false where it lives in memory only.
   * @param {string} artworkId
   * @returns {Promise<boolean>}
   */
  record(artworkId) {
    const wrong = problemOf(artworkId);
    if (wrong) return Promise.reject(new TypeError(`this is no artwork id: ${wrong}`));
    if (this.subject === null) return Promise.reject(new Error("no user is signed in"));
    const known = this.#seen.get(artworkId);
    if (known) return known;
    const batch = this.#batchFor(artworkId, this.subject);
    this.#counters.recorded += 1;
    this.#emit("recorded", { batch: batch.id, artworks: [artworkId] });
    const written = this.#write(batch);
    this.#remember(artworkId, written);
    const { maxBatchSize, flushDelayMs, flushTiming } = this.#options;
    if (batch.artworks.length >= maxBatchSize) batch.open = false;
    this.#delivery.wake(batch.open ? flushDelayMs : 0, flushTiming === "debounce");
    return written;
  }

  /** Sends what waits, now, unless the server asked for a pause. */
  flush() {
    return this.#delivery.flush();
  }

  /** Ids not yet acknowledged, each once; those that wait for another user are not among them. */
  pending() {
    return [...new Set(this.#delivery.unsettled().flatMap((batch) => batch.artworks))];
  }

  telemetry() {
    const { counters, batches } = this.#delivery;
    return {
      ...counters,
      ...this.#counters,
      attempts: { ...counters.attempts },
      ...this.#delivery.depth(),
      held: countIds([...batches.values()].filter((batch) => batch.held)),
      journaled: this.#queue !== null && !this.#counters.memoryMode,
    };
  }

  /**
   * Another user signed in, or the same one again: what waited for them may go now.
   * @param {string | null} subject
   */
  async setSubject(subject) {
    if (subject !== this.subject) {
      this.#seen.clear();
      this.#experiments = undefined; // They are those of whom the page was made for.
    }
    this.subject = subject;
    this.#open = null;
    for (const batch of this.#delivery.batches.values()) {
      const { held, id, artworks, subject: user } = batch;
      batch.held = user !== subject;
      const facts = { user, batch: id, artworks: [...artworks], reason: "somebody else signed in" };
      if (batch.held && !held) this.#emit("held", facts);
    }
    await this.#adopt();
    this.#delivery.wake(0);
  }

  /** Stops listening and sending; what is on disk waits for the next tab. */
  stop() {
    this.#listening.abort();
    clearTimeout(this.#visibilityTimer);
    this.#delivery.stop();
    this.#queue?.close();
  }

  // ---- into the queue, onto the disk ---------------------------------------------------------

  /** @param {string} artworkId @param {string} subject @returns {Batch} */
  #batchFor(artworkId, subject) {
    const idBytes = bytesOf(JSON.stringify(artworkId)) + 1;
    if (this.#open?.open && this.#openBytes + idBytes > this.#options.maxRequestBytes) {
      this.#open.open = false;
      this.#delivery.wake(0);
    }
    if (!this.#open?.open) this.#open = this.#newBatch(subject);
    this.#open.artworks.push(artworkId);
    this.#openBytes += idBytes;
    return this.#open;
  }

  /** @param {string} subject @returns {Batch} */
  #newBatch(subject) {
    this.#seq += 1;
    /** @type {Batch} */
    const batch = {
      id: `${this.tabId}-${this.#seq}`,
      tab: this.tabId,
      seq: this.#seq,
      subject,
      attempt: 0,
      artworks: [],
      persisted: 0,
      open: true,
      held: false,
      beaconed: false,
      experiments: this.#experiments,
    };
    this.#experiments = undefined;
    this.#openBytes = bytesOf(this.#body(batch, "keepalive", 1)) + SLACK_BYTES;
    this.#delivery.add(batch);
    return batch;
  }

  /** @param {string} artworkId @param {Promise<boolean>} written */
  #remember(artworkId, written) {
    this.#seen.set(artworkId, written);
    if (this.#seen.size > REMEMBERED_IDS) {
      this.#seen.delete(/** @type {string} */ (this.#seen.keys().next().value));
    }
  }

  /** All that is recorded in one task shares one transaction. @param {Batch} batch */
  #write(batch) {
    if (!this.#queue) return Promise.resolve(false);
    this.#unwritten.add(batch);
    this.#writing ??= Promise.resolve().then(() => this.#commit());
    return this.#writing;
  }

  async #commit() {
    const lengths = new Map([...this.#unwritten].map((batch) => [batch, batch.artworks.length]));
    this.#unwritten.clear();
    this.#writing = null;
    try {
      await this.#queue?.put(lengths.keys());
    } catch (error) {
      this.#stayInMemory(error);
      return false;
    }
    this.#counters.memoryMode = false;
    for (const [batch, length] of lengths) {
      const artworks = batch.artworks.slice(batch.persisted, length);
      batch.persisted = Math.max(batch.persisted, length);
      const facts = { user: batch.subject, batch: batch.id, artworks };
      if (artworks.length) this.#emit("persisted", facts);
    }
    return true;
  }

  /** @param {Batch} batch */
  async #forget(batch) {
    await this.#queue?.remove(batch.id).catch(() => {}); // It is sent once more, that is all.
    this.#restIfDone();
  }

  #restIfDone() {
    if (this.#delivery.batches.size + this.#adopting === 0) this.#queue?.rest();
  }

  /** @param {unknown} error */
  #stayInMemory(error) {
    if (this.#counters.memoryMode) return;
    this.#counters.memoryMode = true;
    this.#emit("memory_mode", { reason: String(error) });
  }

  async #start() {
    try {
      await this.#queue?.open(false);
    } catch (error) {
      this.#stayInMemory(error);
      return;
    }
    await this.#adopt();
  }

  /** Takes over what dead tabs of this user left. */
  async #adopt() {
    if (!this.#queue) return;
    // Storage that fails here fails the next write too, and that one is reported.
    this.#adopting += 1;
    const estates = await this.#queue.adopt(this.subject).catch(() => []);
    this.#adopting -= 1;
    for (const { tab, taken, left } of estates) {
      for (const { id, tab: origin, seq, subject, attempt, artworks, experiments } of taken) {
        const row = { id, tab: origin, seq, subject, attempt, artworks, experiments };
        const flags = { open: false, held: subject !== this.subject, beaconed: false };
        this.#delivery.add({ ...row, ...flags, persisted: artworks.length });
      }
      if (taken.length) {
        this.#counters.adopted += countIds(taken);
        this.#emit("adopted", { reason: tab, artworks: taken.flatMap((row) => row.artworks) });
        this.#delivery.wake(0);
      }
      const news = left.filter((row) => !this.#reported.has(row.id));
      for (const row of news) this.#reported.add(row.id);
      const artworks = news.flatMap((row) => row.artworks);
      if (news.length) this.#emit("held", { reason: `of another user, from tab ${tab}`, artworks });
    }
    this.#restIfDone();
  }

  /** Back from the cache: our lock was free meanwhile, another tab may have adopted our batches. */
  async #return() {
    if (!this.#queue) return;
    const { batches } = this.#delivery;
    try {
      await this.#queue.open(batches.size > 0);
      const mine = new Set((await this.#queue.mine()).map((row) => row.id));
      for (const batch of [...batches.values()]) {
        batch.away = false;
        const unwritten = batch.artworks.slice(batch.persisted);
        if (batch.persisted === 0 || mine.has(batch.id)) {
          if (unwritten.length) void this.#write(batch);
          continue;
        }
        batch.open = false;
        batches.delete(batch.id);
        for (const id of unwritten) void this.#write(this.#batchFor(id, batch.subject));
      }
    } catch (error) {
      for (const batch of batches.values()) batch.away = false;
      this.#stayInMemory(error);
    }
    await this.#adopt();
    this.#delivery.wake(0);
  }

  // ---- what the browser tells ----------------------------------------------------------------

  /** No unload, no beforeunload: both cost the back/forward cache and are not dependable. */
  #listen() {
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", this.#onVisibility, { signal });
    addEventListener("pagehide", this.#onPagehide, { once: true, signal });
    addEventListener("pageshow", this.#onPageshow, { signal });
    if (this.#options.onlineJitterMs !== null) {
      addEventListener("online", () => this.#delivery.online(), { signal });
    }
    if (!this.#queue) return;
    const looking = setInterval(() => void this.#adopt(), this.#options.adoptEveryMs);
    signal.addEventListener("abort", () => clearInterval(looking));
  }

  /** @param {Event} event */
  #onVisibility = (event) => {
    this.#emit("visibility", { reason: `${document.visibilityState} isTrusted=${event.isTrusted}` });
    const { visibilityEdge, visibilityDebounceMs } = this.#options;
    clearTimeout(this.#visibilityTimer);
    if (!document.hidden) {
      this.#delivery.returned();
      void this.#adopt();
    } else if (visibilityEdge === "trailing") {
      this.#visibilityTimer = setTimeout(() => {
        if (document.hidden) this.#delivery.leave();
      }, visibilityDebounceMs);
    } else if (performance.now() - this.#leftAt >= visibilityDebounceMs) {
      this.#leftAt = performance.now();
      this.#delivery.leave();
    }
  };

  /** @param {PageTransitionEvent} event */
  #onPagehide = (event) => {
    this.#emit("pagehide", { reason: `persisted=${event.persisted} isTrusted=${event.isTrusted}` });
    this.#leftAt = performance.now(); // Some engines tell of hiding only after this.
    this.#delivery.leave();
    // Another tab may have them until we return, if we do: nothing may grow or be sent any more.
    if (this.#open) this.#open.open = false;
    if (this.#queue) this.#delivery.away();
    this.#queue?.close();
  };

  /** @param {PageTransitionEvent} event */
  #onPageshow = (event) => {
    this.#emit("pageshow", { reason: `persisted=${event.persisted} isTrusted=${event.isTrusted}` });
    if (!event.persisted) return;
    this.#delivery.returned();
    if (this.#options.rearmPagehide) {
      const { signal } = this.#listening;
      addEventListener("pagehide", this.#onPagehide, { once: true, signal });
    }
    this.ready = this.#return();
  };

  // ---- what leaves the recorder --------------------------------------------------------------

  /** @param {Batch} batch @param {Transport} transport @param {number} attempt */
  #body(batch, transport, attempt) {
    const { attempts: _, ...totals } = this.#delivery.counters;
    const { artworks: artworkIds, id: batchId, tab: tabId, seq, subject } = batch;
    const facts = { artworkIds, batchId, tabId, seq, attempt, transport, subject };
    if (batch.experiments) Object.assign(facts, { experiments: batch.experiments });
    // An heir's counters say nothing about the tab that the batch names.
    if (tabId !== this.tabId) return JSON.stringify(facts);
    return JSON.stringify({ ...facts, counters: { recorded: this.#counters.recorded, ...totals } });
  }

  /** @param {string} type @param {Record<string, unknown>} [facts] */
  #emit(type, facts = {}) {
    const at = performance.timeOrigin + performance.now();
    const number = (this.#events += 1);
    const common = { number, tab: this.tabId, user: this.subject, ...this.#delivery.depth() };
    this.#onEvent({ type, at, ...common, ...facts });
  }
}

/**
 * One id that no server takes would have its whole batch refused, so it must not get that far.
 * @param {unknown} artworkId
 * @returns {string | null}
 */
function problemOf(artworkId) {
  if (typeof artworkId !== "string") return "not a text";
  if (artworkId === "") return "empty";
  if (/[\p{Cc}\p{Cs}]/u.test(artworkId)) return "a control character or half a surrogate pair";
  return bytesOf(artworkId) > LONGEST_ID_BYTES ? `longer than ${LONGEST_ID_BYTES} bytes` : null;
}

/** 128 random bits; crypto.randomUUID is missing where the origin is not secure. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
