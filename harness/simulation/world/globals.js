// What a script finds in its page: every global that the recorder may use, acting on the page that
// runs at the moment. What stands nowhere in here is undefined there, whatever this process has.

import * as codes from "./codes.js";
import { QUOTA_BYTES } from "./network.js";
import { addListener, removeListener } from "./page.js";

/** The language itself; all else that this process has is hidden from pages. */
const LANGUAGE = new Set(
  `Array ArrayBuffer BigInt Boolean Error EvalError Infinity JSON Map NaN Number Object Promise Proxy
  RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint8Array
  WeakMap WeakSet decodeURIComponent encodeURIComponent isFinite isNaN parseFloat parseInt undefined
  eval`.split(/\s+/),
);

/** Return the globals by name; `world` has the kernel, the browser and its network. */
export function globalsOf(world) {
  const here = {
    ...timersOf(world),
    ...documentOf(world),
    ...requestsOf(world),
    performance: {
      now: () => ticked(world.kernel.nowMs - world.kernel.page.originMs, world.tickMs),
      get timeOrigin() {
        return world.epochMs + world.kernel.page.originMs;
      },
    },
    Date: dateOf(world),
    Math: mathOf(world),
    crypto: cryptoOf(world),
    TextEncoder: class {
      encode(text) {
        return { byteLength: Buffer.byteLength(text) };
      }
    },
    URLSearchParams: class extends Array {
      constructor(pairs) {
        super();
        for (const name in pairs) this.push([name, pairs[name]]);
      }
    },
    console: { log() {}, info() {}, warn() {}, error() {}, debug() {} },
    IDBKeyRange: {
      bound: (...ends) => world.browser.disk.keyRange.bound(...ends),
      only: (key) => world.browser.disk.keyRange.only(key),
    },
    HTMLElement: class {},
    // A defect's switch is reached: what patched scripts call.
    defectReached: () => void (world.hits += 1),
  };
  const hidden = Object.getOwnPropertyNames(globalThis).filter(
    (name) => /^[\w$]+$/.test(name) && !LANGUAGE.has(name) && !(name in here),
  );
  const names = [...Object.keys(here), ...hidden];
  const values = names.map((name) => Object.getOwnPropertyDescriptor(here, name)?.value);
  return { names, values };
}

const ticked = (ms, tickMs) => Math.floor(ms / tickMs) * tickMs;

function timersOf(world) {
  return {
    setTimeout: (run, delayMs) => world.kernel.page.setTimer(run, delayMs, false),
    clearTimeout: (id) => world.kernel.page.clearTimer(id),
    setInterval: (run, delayMs) => world.kernel.page.setTimer(run, delayMs, true),
    clearInterval: (id) => world.kernel.page.clearTimer(id),
    requestAnimationFrame: (run) => world.kernel.page.requestFrame(run),
    queueMicrotask: (run) => void Promise.resolve().then(run),
  };
}

/** An element that takes whatever is done to it. */
const ELEMENT = {
  classList: { add() {} },
  dataset: {},
  addEventListener() {},
  closest: () => null,
  value: "",
};

function documentOf(world) {
  // One for all pages: the page that runs is the one whose event it is.
  const witness = (event) => world.oracle.event(world.kernel.page, event);
  const window = {
    get impressions() {
      return world.kernel.page.impressions;
    },
    set impressions(value) {
      world.kernel.page.impressions = value;
      // The page keeps its events in this list: each is witnessed as it is added.
      value.events.push = witness;
    },
  };
  return {
    window,
    addEventListener: (type, listener, how) =>
      addListener(world.kernel.page.windowListeners, type, listener, how),
    removeEventListener: (type, listener) =>
      removeListener(world.kernel.page.windowListeners, type, listener),
    document: {
      get hidden() {
        return world.kernel.page.isHidden;
      },
      get visibilityState() {
        return world.kernel.page.isHidden ? "hidden" : "visible";
      },
      addEventListener: (type, listener, how) =>
        addListener(world.kernel.page.documentListeners, type, listener, how),
      removeEventListener: (type, listener) =>
        removeListener(world.kernel.page.documentListeners, type, listener),
      getElementById: () => ELEMENT,
      querySelector: () => null,
      createElement: () => ELEMENT,
      body: ELEMENT,
    },
    location: {
      get search() {
        return world.kernel.page.options;
      },
    },
  };
}

function requestsOf(world) {
  return {
    AbortController: class {
      signal = newSignal();
      abort() {
        abortSignal(this.signal, "AbortError");
      }
    },
    AbortSignal: {
      timeout: (delayMs) => {
        const signal = newSignal();
        signal.event = world.kernel.after(delayMs, world.kernel.page, codes.TIMER, () =>
          abortSignal(signal, "TimeoutError"),
        );
        return signal;
      },
    },
    fetch: (_, init = {}) => fetchFrom(world, init),
    XMLHttpRequest: synchronousOf(world),
    navigator: {
      sendBeacon: (_, body) => beaconFrom(world, body),
      get locks() {
        return world.browser.locks;
      },
      onLine: true,
    },
    indexedDB: { open: (name, version) => world.browser.disk.open(name, version) },
  };
}

function newSignal() {
  return {
    aborted: false,
    reason: undefined,
    event: null,
    listeners: [],
    addEventListener(_, listener) {
      this.listeners.push(listener);
    },
    removeEventListener() {},
  };
}

function abortSignal(signal, name) {
  if (signal.aborted) return;
  signal.aborted = true;
  signal.reason = failure(name);
  for (const listener of signal.listeners) listener();
}

function failure(name) {
  const error = new Error(name);
  error.name = name;
  return error;
}

const newFlight = (world, body, livesOn) =>
  new Flight(world.kernel.page, world.browser.user, body, livesOn);

/** A request from the moment it is made until nothing of it is on its way. */
class Flight {
  quotaBytes = 0;
  isAborted = false;
  isBeacon = false;
  onAnswer = null;
  onFailure = null;
  /** How often the line had been cut when it was sent. */ cuts = 0;
  sentMs = 0;
  arrivedMs = 0;
  subjectOfPage = undefined;

  constructor(page, user, body, livesOn) {
    this.page = page;
    this.user = user;
    this.livesOn = livesOn;
    this.isBatch = body !== undefined; // A page sends nothing else with a body.
    this.bytes = this.isBatch ? Buffer.byteLength(body) : 0;
    this.batch = this.isBatch ? parsed(body) : null;
  }
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function fetchFrom(world, { body, keepalive = false, signal }) {
  const { page } = world.kernel;
  return new Promise((resolve, reject) => {
    const flight = newFlight(world, body, keepalive);
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    if (keepalive && page.quotaBytes + flight.bytes > QUOTA_BYTES) {
      world.oracle.overQuota(page, "keepalive");
      world.kernel.after(0.1, page, codes.REQUEST_FAILS, () => reject(new TypeError("quota")));
      return;
    }
    if (keepalive) page.quotaBytes += flight.quotaBytes = flight.bytes;
    flight.onAnswer = (answer) => {
      if (signal?.event) signal.event.isLive = false;
      resolve(responseOf(answer));
    };
    flight.onFailure = () => {
      if (signal?.event) signal.event.isLive = false;
      reject(new TypeError("network"));
    };
    signal?.addEventListener("abort", () => {
      flight.isAborted = true;
      reject(signal.reason);
    });
    world.network.send(flight);
  });
}

function responseOf({ status, text, retryAfter = null }) {
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => (name.toLowerCase() === "retry-after" ? retryAfter : null) },
    text: () => Promise.resolve(text),
    json: () => Promise.resolve(JSON.parse(text)),
  };
}

function beaconFrom(world, body) {
  const { page } = world.kernel;
  const flight = newFlight(world, body, true);
  if (page.quotaBytes + flight.bytes > QUOTA_BYTES) {
    world.oracle.overQuota(page, "beacon");
    return false;
  }
  page.quotaBytes += flight.quotaBytes = flight.bytes;
  flight.isBeacon = true;
  world.network.send(flight);
  return true;
}

/** A synchronous request: it blocks its page, and a page that is being left may not send one. */
const synchronousOf = (world) =>
  class {
    status = 0;
    responseText = "";
    #retryAfter = null;
    open() {}
    setRequestHeader() {}
    getResponseHeader(name) {
      return name.toLowerCase() === "retry-after" ? this.#retryAfter : null;
    }
    send(body) {
      if (world.kernel.page.isLeaving) throw failure("NetworkError");
      const answer = world.network.sendNow(newFlight(world, body, false));
      if (answer === null) throw failure("NetworkError");
      this.status = answer.status;
      this.responseText = answer.text;
      this.#retryAfter = answer.retryAfter ?? null;
    }
  };

function dateOf(world) {
  const now = () => world.epochMs + Math.floor(world.kernel.nowMs);
  return class extends Date {
    constructor(...parts) {
      if (parts.length === 0) super(now());
      else super(...parts);
    }
    static now() {
      return now();
    }
  };
}

function mathOf(world) {
  const math = {};
  for (const name of Object.getOwnPropertyNames(Math)) math[name] = Math[name];
  math.random = () => world.kernel.page.chance.next();
  return math;
}

function cryptoOf(world) {
  return {
    getRandomValues: (bytes) => {
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = world.kernel.page.chance.below(256);
      return bytes;
    },
  };
}
