// One request, one outcome. Only a 2xx that was read is an acknowledgement and only a final 4xx is
// a refusal; everything else, silence included, is `unknown`: it may have arrived.

/**
 * @typedef {"fetch" | "keepalive" | "beacon" | "sync"} Transport
 *
 * @typedef {object} Outcome
 * @property {"acknowledged" | "refused" | "held" | "queued" | "unknown"} kind
 * @property {number} [status]        absent when nothing answered
 * @property {string} [reason]
 * @property {number} [retryAfterMs]  what the server asked for
 * @property {number} [inserted]
 * @property {number} [duplicate]
 */

/** What beacons and keepalive requests of one page may have in flight together (Fetch standard). */
export const QUOTA_BYTES = 64 * 1024;

/** 4xx that speak of the moment, not of the body. */
const PASSING = new Set([408, 425, 429]);

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * @param {string} endpoint
 * @param {string} body
 * @param {{keepalive: boolean, timeoutMs: number}} how  timeoutMs 0: wait for ever
 * @returns {Promise<Outcome>}
 */
export async function byFetch(endpoint, body, { keepalive, timeoutMs }) {
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: JSON_TYPE,
      body,
      keepalive,
      credentials: "include",
      cache: "no-store",
      // A redirect to a login page would end in 200: an acknowledgement of nothing.
      redirect: "error",
      ...(limit && { signal: limit }),
    });
    const { headers, status } = response;
    const text = await response.text();
    return outcomeOf(status, text, headers.get("Retry-After"), headers.get("Date"));
  } catch {
    // The signal knows; WebKitGTK calls the error AbortError, whatever aborted it.
    return { kind: "unknown", reason: limit?.aborted ? "timeout" : "network" };
  }
}

/**
 * A string goes as text/plain, which needs no preflight: none could finish while a page unloads.
 * @param {string} endpoint
 * @param {string} body
 * @returns {Outcome}
 */
export function byBeacon(endpoint, body) {
  try {
    if (navigator.sendBeacon(endpoint, body)) return { kind: "queued" };
    return { kind: "unknown", reason: "refused by the browser" };
  } catch (error) {
    return { kind: "unknown", reason: nameOf(error) };
  }
}

/**
 * Blocks the page until the server answers; most browsers forbid it while a page unloads.
 * @param {string} endpoint
 * @param {string} body
 * @returns {Outcome}
 */
export function bySyncRequest(endpoint, body) {
  try {
    const request = new XMLHttpRequest();
    request.open("POST", endpoint, false);
    request.withCredentials = true;
    request.setRequestHeader("Content-Type", JSON_TYPE["Content-Type"]);
    request.send(body);
    const [retryAfter, date] = ["Retry-After", "Date"].map((name) => request.getResponseHeader(name));
    return outcomeOf(request.status, request.responseText, retryAfter, date);
  } catch (error) {
    return { kind: "unknown", reason: nameOf(error) };
  }
}

/**
 * @param {number} status
 * @param {string} text
 * @param {string | null} retryAfter
 * @param {string | null} date
 * @returns {Outcome}
 */
export function outcomeOf(status, text, retryAfter, date) {
  if (status >= 200 && status < 300) {
    const { inserted, duplicate } = countsIn(text);
    return { kind: "acknowledged", status, inserted, duplicate };
  }
  const reason = `status ${status}`;
  // Both speak of who is signed in, not of the batch: it waits for its owner.
  if (status === 401 || status === 409) return { kind: "held", status, reason };
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: "refused", status, reason };
  return { kind: "unknown", status, reason, retryAfterMs: delayFrom(retryAfter, date) };
}

/**
 * Retry-After is a number of seconds or a date; a date counts from the answer's own, because this
 * device's clock may be an hour off.
 * @param {string | null} header
 * @param {string | null} [date]  the answer's
 * @returns {number | undefined}
 */
export function delayFrom(header, date = null) {
  if (!header) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const from = Date.parse(date ?? "");
  const ms = Date.parse(header) - (Number.isFinite(from) ? from : Date.now());
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** @param {string} text @returns {{inserted?: number, duplicate?: number}} */
function countsIn(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // Another target may well answer 204 and nothing else.
  }
}

/** @param {unknown} error */
const nameOf = (error) => (error instanceof Error ? error.name : String(error));
