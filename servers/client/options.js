// Every choice the recorder makes, as data. The two presets are the same options with other values.

/** @typedef {import("./transports.js").Transport} Transport */

/**
 * @typedef {object} Options
 * @property {string} endpoint
 * @property {number} flushDelayMs     an id waits at most (throttle) or at least (debounce) so long
 * @property {number} maxBatchSize     ids; a full batch is sent at once
 * @property {number} maxRequestBytes  of a whole body; a batch is closed before it grows past this
 * @property {"throttle" | "debounce"} flushTiming  from the first id, or from the last one
 * @property {boolean} journal         keep a write-ahead queue in IndexedDB
 * @property {number} openTimeoutMs    a disk that does not open in this time counts as refused
 * @property {number} adoptEveryMs     how often to look for queues of dead tabs
 *
 * @property {Transport[]} visible     tried in this order until one is answered: page in front,
 * @property {Transport[]} hidden      page behind another,
 * @property {Transport[]} leaving     page about to hide or to die
 * @property {boolean} shareQuota      count beacons and keepalive requests against one 64 KiB
 * @property {boolean} trustBeacon     true from sendBeacon empties the queue
 * @property {number} firstTimeoutMs   0: no request ever times out
 * @property {number} timeoutCapMs
 *
 * @property {"leading" | "trailing"} visibilityEdge  flush at once and then ignore, or wait first
 * @property {number} visibilityDebounceMs
 * @property {boolean} guardBlocksLeaving  a flush in flight keeps the last flush from happening
 * @property {boolean} rearmPagehide   listen again after a trip through the back/forward cache
 *
 * @property {number} retryBaseMs
 * @property {number} retryCapMs
 * @property {boolean} linearRetry     the delay grows by retryBaseMs each time, or it doubles
 * @property {boolean} fullJitter      spread retries over the whole delay
 * @property {boolean} heedAnswers     honour Retry-After, drop final 4xx, hold what is another's
 * @property {number | null} onlineJitterMs  flush so soon after `online`; null: do not listen
 *
 * @property {boolean} recordingToast  the page says "Recording…" for every view; the recorder does not
 *                                     read it
 *
 * @property {number} logSuccessRate
 * @property {number} logFailureRate
 * @property {string | null} seed      of jitter and, unless logSeed is given, of log sampling
 * @property {string | null} logSeed
 */

/** What both presets agree on. */
const COMMON = {
  endpoint: "/api/artworks/batch-impressions",
  flushDelayMs: 2000,
  maxBatchSize: 200,
  openTimeoutMs: 3000,
  adoptEveryMs: 15_000,
  timeoutCapMs: 30_000,
  visibilityDebounceMs: 100,
  retryBaseMs: 5000,
  linearRetry: false,
  recordingToast: false,
  logSuccessRate: 0.1,
  logFailureRate: 1,
  seed: null,
  logSeed: null,
};

/** @type {{durable: Options, roadmap: Options}} */
export const PRESETS = {
  /** Loses nothing that was journaled: a beacon is never believed, a closed tab has an heir. */
  durable: {
    ...COMMON,
    maxRequestBytes: 48 * 1024,
    flushTiming: "throttle",
    journal: true,
    visible: ["fetch", "keepalive"],
    hidden: ["keepalive", "fetch"],
    leaving: ["beacon"],
    shareQuota: true,
    trustBeacon: false,
    firstTimeoutMs: 1800,
    visibilityEdge: "leading",
    guardBlocksLeaving: false,
    rearmPagehide: true,
    retryCapMs: 300_000,
    fullJitter: true,
    heedAnswers: true,
    onlineJitterMs: 2000,
  },
  /** The roadmap's list, taken literally. */
  roadmap: {
    ...COMMON,
    maxRequestBytes: Infinity,
    flushTiming: "debounce",
    journal: false,
    visible: ["beacon", "keepalive", "sync"],
    hidden: ["beacon", "keepalive", "sync"],
    leaving: ["beacon", "keepalive", "sync"],
    shareQuota: false,
    trustBeacon: true,
    firstTimeoutMs: 0,
    visibilityEdge: "trailing",
    guardBlocksLeaving: true,
    rearmPagehide: false,
    retryCapMs: Infinity,
    fullJitter: false,
    heedAnswers: false,
    onlineJitterMs: null,
  },
};

/**
 * The preset, with what the query of a page (or anything else made of texts) changes in it.
 * Unknown names and values that cannot be meant are errors: a typo must not test the default.
 * @param {Iterable<[string, string]>} texts
 * @returns {Options & {preset: string}}
 */
export function optionsFrom(texts) {
  const wanted = new Map(texts);
  const preset = wanted.get("preset") ?? "durable";
  wanted.delete("preset");
  if (!Object.hasOwn(PRESETS, preset)) throw new RangeError(`no preset "${preset}"`);
  /** @type {Record<string, unknown>} */
  const options = { ...PRESETS[/** @type {keyof typeof PRESETS} */ (preset)], preset };
  for (const [name, text] of wanted) {
    if (!Object.hasOwn(options, name)) throw new RangeError(`no option "${name}"`);
    options[name] = valueLike(options[name], text, name);
  }
  return /** @type {Options & {preset: string}} */ (options);
}

/** @param {unknown} model @param {string} text @param {string} name @returns {unknown} */
function valueLike(model, text, name) {
  if (name === "onlineJitterMs" && text === "") return null;
  if (typeof model === "number" || name === "onlineJitterMs") {
    const number = Number(text);
    if (text.trim() === "" || !(number >= 0)) throw new RangeError(`${name}: "${text}" is no number`);
    return number;
  }
  if (typeof model === "boolean") {
    if (text !== "true" && text !== "false") throw new RangeError(`${name}: true or false`);
    return text === "true";
  }
  return Array.isArray(model) ? text.split(",") : text;
}

/**
 * Chance through one door: the same seed gives the same numbers, no seed gives Math.random.
 * @param {string | null} seed
 * @returns {() => number}  from 0 up to, not including, 1
 */
export function chance(seed) {
  if (seed === null) return Math.random;
  let state = 2166136261;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619);
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
