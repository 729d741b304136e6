// The recorder's options as the server wants them for this user: by tier, and by variant of each
// experiment. The page records without them just as well: an answer that is late, broken or wrong
// changes nothing, and no answer sets where batches go, what is kept on disk or what counts as done.

import { optionsFrom } from "./options.js";

/**
 * @typedef {import("./options.js").Options} Options
 * @typedef {{options: Options & {preset: string}, experiments: Record<string, string>}} Configuration
 *   `experiments` holds the variant of each experiment whose options are really in use
 */

const ENDPOINT = "/api/recorder-config";
/** The recorder is made without an answer after this. */
const TIMEOUT_MS = 1000;
const ANSWER_BYTES_MAX = 32 * 1024;
const EXPERIMENTS_MAX = 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** @type {Record<string, [number, number]>} what a server may set: the least and the most */
const NUMBERS = {
  flushDelayMs: [50, 60_000],
  maxBatchSize: [1, 2_000],
  retryBaseMs: [100, 60_000],
  retryCapMs: [1_000, 600_000],
};
const SWITCHES = ["fullJitter", "linearRetry", "recordingToast"];

/** @returns {Promise<unknown>} what the server answers; null when that is nothing, never an error */
export async function fetchServed() {
  /** @type {AbortSignal | undefined} */
  let signal;
  try {
    signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(ENDPOINT, { cache: "no-store", redirect: "error", signal });
    if (response.status === 401) return null; // No user is signed in: there is nothing to ask for.
    if (!response.ok) throw new Error(`status ${response.status}`);
    return JSON.parse(await textOf(response));
  } catch (error) {
    ignored(`no answer: ${signal?.aborted ? "timeout" : error}`);
    return null;
  }
}

/** @param {Response} response */
async function textOf(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (let part; (part = (await reader.read()).value); ) {
    bytes += part.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      void reader.cancel().catch(() => {});
      throw new Error(`over ${ANSWER_BYTES_MAX} bytes`);
    }
    text += decoder.decode(part, { stream: true });
  }
  return text;
}

/**
 * The preset, then the tier, then each experiment's variant; what the page's query names goes
 * before all of them. An experiment is applied whole or not at all, and named only when it is.
 * @param {Iterable<[string, string]>} texts  of the query
 * @param {unknown} answer  of the server
 * @param {string | null} subject
 * @returns {Configuration}
 */
export function configurationOf(texts, answer, subject) {
  const own = new Map(texts);
  const options = optionsFrom(own);
  /** @type {Record<string, string>} */
  const experiments = {};
  const { userId, options: ofTier, experiments: offered } = fieldsOf(answer);
  if (answer === null || subject === null) return { options, experiments };
  if (userId !== subject) {
    ignored("the answer is for another user");
    return { options, experiments };
  }
  for (const [name, value] of Object.entries(fieldsOf(ofTier))) {
    if (!fits(name, value)) ignored(`the tier's ${shown(name)}`);
    else if (!own.has(name)) Object.assign(options, { [name]: value });
  }
  const set = new Set(own.keys());
  for (const [id, one] of Object.entries(fieldsOf(offered)).slice(0, EXPERIMENTS_MAX)) {
    const { variant, options: ofVariant } = fieldsOf(one);
    const wanted = Object.entries(fieldsOf(ofVariant));
    const named = NAME.test(id) && typeof variant === "string" && NAME.test(variant);
    if (!named || wanted.length === 0 || !wanted.every(([name, value]) => fits(name, value))) {
      ignored(`the experiment ${shown(id)}`);
    } else if (!wanted.some(([name]) => set.has(name))) {
      Object.assign(options, Object.fromEntries(wanted));
      for (const [name] of wanted) set.add(name);
      experiments[id] = variant;
    }
  }
  return { options, experiments };
}

/** @param {string} name @param {unknown} value */
function fits(name, value) {
  if (SWITCHES.includes(name)) return typeof value === "boolean";
  if (!Object.hasOwn(NUMBERS, name) || !Number.isInteger(value)) return false;
  const [low, high] = NUMBERS[name];
  return low <= /** @type {number} */ (value) && /** @type {number} */ (value) <= high;
}

/** @param {unknown} value @returns {Record<string, unknown>} */
function fieldsOf(value) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? /** @type {Record<string, unknown>} */ (value) : {};
}

/** @param {string} name */
const shown = (name) => JSON.stringify(name.slice(0, 64));

/** @param {string} reason */
function ignored(reason) {
  console.warn(JSON.stringify({ event: "recorder_config_ignored", reason }));
}
