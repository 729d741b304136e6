// Brings batches to the server: which batch, over which transport, when, and what an answer means.
// It knows nothing of disks, users or page events; recorder.js tells it.

import { chance } from "./options.js";
import { QUOTA_BYTES, byBeacon, byFetch, bySyncRequest } from "./transports.js";

/**
 * @typedef {import("./options.js").Options} Options
 * @typedef {import("./transports.js").Outcome} Outcome
 * @typedef {import("./transports.js").Transport} Transport
 *
 * @typedef {object} Batch
 * @property {string} id          for life: the same on every resend and in every heir's hands
 * @property {string} tab         that showed the artworks
 * @property {number} seq         rises with every batch of that tab
 * @property {string} subject     whose views these are
 * @property {number} attempt     rises with every resend
 * @property {string[]} artworks
 * @property {number} persisted   how many of the artworks are on disk
 * @property {boolean} open       still takes ids; closed before it is sent
 * @property {boolean} held       waits for its owner to sign in
 * @property {boolean} [away]     may be another tab's by now: not sent before the disk was read
 * @property {boolean} beaconed   the last attempt was a beacon: asked for, not sent by another one
 * @property {Record<string, string>} [experiments]  whose options its page used, by variant
 *
 * @typedef {{attempt: number, bytes: number}} Tried  which attempt of its batch a request is
 *
 * @typedef {object} Host
 * @property {(type: string, facts: Record<string, unknown>) => void} emit
 * @property {(batch: Batch, transport: Transport, attempt: number) => string} body
 * @property {(batch: Batch) => void} attempted  it is about to be handed to the browser
 * @property {(batch: Batch) => void} settled    it is done: no attempt will follow
 */

const encoder = new TextEncoder();
/** @param {string} text */
export const bytesOf = (text) => encoder.encode(text).byteLength;
/** A clock that cannot be set. */
const now = () => performance.now();
/** The slowest line that a second attempt still waits for. */
const SLOWEST_BYTES_PER_MS = 25;
/** Beyond this setTimeout fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Delivery {
  /** @type {Map<string, Batch>} not settled; the next to send comes first */ batches = new Map();
  counters = {
    flushSuccess: 0,
    flushFail: 0,
    totalFlushed: 0,
    beaconQueued: 0,
    beaconRefused: 0,
    refused: 0,
    retries: 0,
    attempts: { fetch: 0, keepalive: 0, beacon: 0, sync: 0 },
  };

  /** @type {Options} */ #options;
  /** @type {Host} */ #host;
  /** @type {() => number} */ #jitter;
  /** @type {() => number} */ #sample;
  /** @type {Map<Batch, Transport>} */ #inFlight = new Map();
  /** @type {Promise<void> | null} the guard: one flush at a time */ #flushing = null;
  #timer = 0;
  #timerDue = Infinity;
  #failures = 0;
  /** No try of our own before this, */ #notBefore = 0;
  /** and none at all before this: the server asked. */ #serverSaid = 0;
  #roundTripMs = 0;
  #beaconBytes = 0;
  #keepaliveBytes = 0;

  /** @param {Options} options @param {Host} host */
  constructor(options, host) {
    this.#options = options;
    this.#host = host;
    const { seed, logSeed } = options;
    this.#jitter = chance(seed);
    this.#sample = chance(logSeed ?? (seed === null ? null : `${seed}:log`));
  }

  /** @param {Batch} batch */
  add(batch) {
    this.batches.set(batch.id, batch);
  }

  /** What is ours to deliver, sent or not, but without what waits for another user. */
  unsettled() {
    return [...this.batches.values()].filter((batch) => !batch.held);
  }

  /** Ids, not batches: waiting for a try, and waiting for an answer. */
  depth() {
    const waiting = this.unsettled().filter((batch) => !this.#inFlight.has(batch));
    return { queueDepth: countIds(waiting), inFlight: countIds([...this.#inFlight.keys()]) };
  }

  /**
   * Flushes in `delayMs`, or earlier if that was already agreed. `restart` makes it a debounce.
   * @param {number} delayMs
   * @param {boolean} [restart]
   */
  wake(delayMs, restart = false) {
    const due = Math.max(now() + delayMs, this.#notBefore);
    if (!restart && this.#timerDue <= due) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, due - now()));
    this.#timer = setTimeout(() => {
      this.#timerDue = Infinity;
      if (now() < this.#notBefore) this.wake(0);
      else void this.flush();
    }, waitMs);
  }

  /** Sends what waits, now, unless the server asked for a pause. @returns {Promise<void>} */
  flush() {
    if (this.#flushing) return this.#flushing;
    if (now() < this.#serverSaid) return Promise.resolve();
    this.#closeBatches();
    this.#flushing = this.#drain().finally(() => {
      this.#flushing = null;
      if (this.unsettled().length) this.wake(this.#options.flushDelayMs);
    });
    return this.#flushing;
  }

  /** The page hides or dies: the last chance to send, and nothing may be awaited. */
  leave() {
    if (this.#options.guardBlocksLeaving) return void this.flush();
    // A pause that the server asked for outlasts this page: what is on disk is sent after it.
    if (now() < this.#serverSaid) return undefined;
    this.#closeBatches();
    const unsent = this.unsettled().filter((batch) => !batch.beaconed && !batch.away);
    // A plain fetch dies with the page and is sent once more; keepalive requests live on.
    const rank = (/** @type {Batch} */ batch) => Number(this.#inFlight.has(batch));
    for (const batch of unsent.sort((one, other) => rank(one) - rank(other))) {
      if (this.#inFlight.get(batch) === "keepalive") continue;
      for (const transport of this.#options.leaving) this.#attempt(batch, transport);
    }
    if (unsent.length) this.wake(this.#options.flushDelayMs); // If we live, ask for the answer.
    return undefined;
  }

  /** The page goes into the cache: what it holds may be another tab's when it comes out. */
  away() {
    for (const batch of this.batches.values()) batch.away = true;
  }

  /** The page is in front again; its beacons have left by now. */
  returned() {
    this.#beaconBytes = 0;
  }

  /** The browser reports that the network is back; not every tab in the world should ask at once. */
  online() {
    const delayMs = this.#jitter() * (this.#options.onlineJitterMs ?? 0);
    this.#failures = 0;
    this.#notBefore = this.#serverSaid;
    if (this.unsettled().length) this.#host.emit("retry_scheduled", { delayMs, reason: "online" });
    this.wake(delayMs);
  }

  stop() {
    clearTimeout(this.#timer);
    this.batches.clear();
  }

  #closeBatches() {
    for (const batch of this.batches.values()) batch.open = false;
  }

  /** One batch after the other, until all had their turn or one stays unknown. */
  async #drain() {
    const tried = new Set();
    const ready = (/** @type {Batch} */ batch) =>
      !batch.open && !batch.away && !tried.has(batch) && !this.#inFlight.has(batch);
    for (let batch; (batch = this.unsettled().find(ready)); ) {
      tried.add(batch);
      const outcome = await this.#deliver(batch);
      if (outcome.kind === "unknown") return this.#backOff(batch, outcome);
      this.#failures = this.#notBefore = 0;
    }
    return undefined;
  }

  /**
   * No answer: the next transport, at once. A bad answer would be as bad over any other.
   * @param {Batch} batch
   * @returns {Promise<Outcome>}
   */
  async #deliver(batch) {
    /** @type {Outcome} */
    let outcome = { kind: "unknown", reason: "no transport" };
    for (const transport of document.hidden ? this.#options.hidden : this.#options.visible) {
      const result = this.#attempt(batch, transport);
      // Awaiting a beacon would put what follows it behind the end of a dying page.
      outcome = result instanceof Promise ? await result : result;
      if (outcome.kind !== "unknown" || outcome.status) break;
      // Meanwhile another user signed in, or another attempt was answered: it is not ours to send.
      if (batch.held || batch.away || this.batches.get(batch.id) !== batch) break;
    }
    return outcome;
  }

  /** @param {Batch} batch @param {Transport} wanted @returns {Outcome | Promise<Outcome>} */
  #attempt(batch, wanted) {
    const { endpoint, shareQuota } = this.#options;
    const room = QUOTA_BYTES - (shareQuota ? this.#beaconBytes + this.#keepaliveBytes : 0);
    let transport = wanted;
    let body = this.#host.body(batch, transport, batch.attempt + 1);
    let bytes = bytesOf(body);
    if (bytes > room && transport === "beacon") return { kind: "unknown", reason: "too large" };
    if (bytes > room && transport === "keepalive" && shareQuota) {
      transport = "fetch";
      body = this.#host.body(batch, transport, batch.attempt + 1);
      bytes = bytesOf(body);
    }
    const attempt = (batch.attempt += 1);
    this.#host.attempted(batch);
    const pending = transport === "fetch" || transport === "keepalive";
    if (pending) this.#inFlight.set(batch, transport);
    this.counters.attempts[transport] += 1;
    const tried = { attempt, bytes };
    this.#host.emit("attempt", { ...factsOf(batch, transport), ...tried });
    if (pending) return this.#request(batch, transport, body, tried);
    const outcome = transport === "beacon" ? byBeacon(endpoint, body) : bySyncRequest(endpoint, body);
    if (outcome.kind === "queued") this.#beaconBytes += bytes;
    return this.#settle(batch, transport, tried, outcome);
  }

  /** @param {Batch} batch @param {Transport} transport @param {string} body @param {Tried} tried */
  async #request(batch, transport, body, tried) {
    const { attempt, bytes } = tried;
    const keepalive = transport === "keepalive";
    const started = now();
    if (keepalive) this.#keepaliveBytes += bytes;
    const timeoutMs = this.#timeout(attempt, bytes);
    const outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });
    if (keepalive) this.#keepaliveBytes -= bytes;
    this.#inFlight.delete(batch);
    this.#learn(outcome, now() - started);
    return this.#settle(batch, transport, tried, outcome);
  }

  /**
   * The first attempt gives up early, so that a stuck line meets the fallback within two seconds;
   * later ones wait as long as this line has been seen to need.
   * @param {number} attempt
   * @param {number} bytes
   */
  #timeout(attempt, bytes) {
    const { firstTimeoutMs, timeoutCapMs } = this.#options;
    if (firstTimeoutMs === 0 || attempt === 1) return firstTimeoutMs;
    const needed = 3 * this.#roundTripMs + bytes / SLOWEST_BYTES_PER_MS;
    return Math.min(timeoutCapMs, Math.max(firstTimeoutMs, needed));
  }

  /** @param {Outcome} outcome @param {number} tookMs */
  #learn(outcome, tookMs) {
    const known = this.#roundTripMs;
    // A timeout says only "at least so long".
    if (outcome.reason === "timeout") this.#roundTripMs = Math.max(known, tookMs);
    else if (outcome.status) this.#roundTripMs = known ? 0.75 * known + 0.25 * tookMs : tookMs;
  }

  /**
   * @param {Batch} batch
   * @param {Transport} transport
   * @param {Tried} tried
   * @param {Outcome} raw
   * @returns {Outcome}  as this preset understands it
   */
  #settle(batch, transport, tried, raw) {
    const { heedAnswers, trustBeacon } = this.#options;
    const deaf = !heedAnswers && (raw.kind === "refused" || raw.kind === "held");
    /** @type {Outcome} */
    const outcome = deaf ? { ...raw, kind: "unknown" } : raw;
    const { kind, retryAfterMs: _, ...answer } = outcome;
    const done = kind === "acknowledged" || kind === "refused" || (kind === "queued" && trustBeacon);
    const first = done && this.batches.delete(batch.id); // Not if another attempt was answered.
    if (first) this.#host.settled(batch);
    const success = kind === "acknowledged" || (kind === "queued" && trustBeacon);
    if (success && first) {
      this.counters.flushSuccess += 1;
      this.counters.totalFlushed += batch.artworks.length;
    }
    if (kind === "unknown" || kind === "refused") this.counters.flushFail += 1;
    if (kind === "refused" && first) this.counters.refused += batch.artworks.length;
    if (kind === "held") batch.held = true;
    if (kind === "unknown") batch.beaconed = false; // The beacon is in doubt too: once more, then.
    let type = /** @type {string} */ (kind);
    if (transport === "beacon") {
      batch.beaconed = kind === "queued";
      type = batch.beaconed ? "beacon_queued" : "beacon_refused";
      this.counters[batch.beaconed ? "beaconQueued" : "beaconRefused"] += 1;
    }
    // The attempt that this answers: others may have followed it by now.
    const facts = { ...factsOf(batch, transport), ...tried, ...answer };
    this.#log(kind, facts);
    this.#host.emit(type, facts);
    return outcome;
  }

  /** @param {Batch} batch @param {Outcome} outcome */
  #backOff(batch, outcome) {
    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;
    const growth = this.#options.linearRetry ? this.#failures + 1 : 2 ** this.#failures;
    let delayMs = Math.min(retryCapMs, retryBaseMs * growth);
    if (fullJitter) delayMs *= this.#jitter();
    if (heedAnswers && outcome.retryAfterMs !== undefined) {
      // Up to a second more, or all the tabs that were sent away come back together.
      delayMs = outcome.retryAfterMs + 1000 * this.#jitter();
      this.#serverSaid = now() + outcome.retryAfterMs;
    }
    this.#failures += 1;
    this.counters.retries += 1;
    this.#notBefore = now() + delayMs;
    // To the end of the queue: a batch that always fails must not stand before the others. One that
    // another tab had meanwhile, and that came back from it, is another object: that one counts.
    if (this.batches.get(batch.id) === batch) {
      this.batches.delete(batch.id);
      this.batches.set(batch.id, batch);
    }
    const { status, reason } = outcome;
    const { batch: id, attempt } = factsOf(batch);
    this.#host.emit("retry_scheduled", { batch: id, attempt, delayMs, status, reason });
    this.wake(delayMs);
  }

  /** @param {Outcome["kind"]} kind @param {Record<string, unknown>} facts */
  #log(kind, { artworks, ...facts }) {
    const failed = kind === "unknown" || kind === "refused";
    const { logFailureRate, logSuccessRate } = this.#options;
    if (this.#sample() >= (failed ? logFailureRate : logSuccessRate)) return;
    const line = { event: "impression_flush", outcome: kind, ...facts };
    const ids = /** @type {string[]} */ (artworks).length;
    console[failed ? "warn" : "info"](JSON.stringify({ ...line, ids }));
  }
}

/** @param {{artworks: string[]}[]} batches */
export const countIds = (batches) => batches.reduce((sum, { artworks }) => sum + artworks.length, 0);

/** @param {Batch} batch @param {Transport} [transport] */
function factsOf({ subject: user, id: batch, attempt, artworks }, transport) {
  return { user, batch, attempt, transport, artworks: [...artworks] };
}
