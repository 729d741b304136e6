// The line between a browser and the server: what becomes of a request and of its answer.
//
// A request that has left its page may arrive although the page is gone; one that is read may be
// lost, processed without an answer, answered late, or answered by the gateway in place of the server.

import * as codes from "./codes.js";

/** What keepalive requests and beacons of one page may have in flight together (Fetch standard). */
export const QUOTA_BYTES = 64 * 1024;
/** How long a request without any answer stays open. */
const HANGS_MS = 30_000;

/** What may be done to a request, by the name of the step: what the gateway's faults do. */
const FAULTS = {
  lost: { loses: "request" },
  answer_lost: { loses: "answer" },
  silence: { loses: "request", hangs: true },
  late_answer: { answerLateMs: 3000 },
  late_arrival: { arrivesLateMs: 4000 },
  "503": { status: 503 },
  "503-wait": { status: 503, retryAfterS: 1 },
  "429-wait": { status: 429, retryAfterS: 2 },
  "503-date": { status: 503, retryAfterS: 3, isDate: true },
  "401": { status: 401 },
  "400": { status: 400 },
};
export const FAULT_NAMES = Object.keys(FAULTS);

export class Network {
  isOnline = true;
  /** Requests that have not ended. */
  inFlight = 0;
  #cuts = 0;
  #isSilent = false;
  #faults = [];
  #kernel;
  #chance;
  #server;
  #epochMs;
  #seen;
  #roundTripMs;

  /** `seen` is what happened to batches: an object with `sent(flight)` and `read(flight, answer)`. */
  constructor(kernel, chance, server, epochMs, seen) {
    this.#kernel = kernel;
    this.#chance = chance;
    this.#server = server;
    this.#epochMs = epochMs;
    this.#seen = seen;
    this.#roundTripMs = chance.pick([2, 10, 10, 80, 400]);
  }

  /** Do something to the next `count` batches. */
  hold(how, count) {
    this.#faults.push({ ...FAULTS[how], how, left: count });
  }

  /** From now on nothing is done to batches. */
  release() {
    this.#faults.length = 0;
  }

  cut() {
    this.isOnline = false;
    this.#cuts += 1;
    this.#isSilent = this.#chance.happens(0.2);
  }

  restore() {
    this.isOnline = true;
  }

  /** The browser is killed: what has not left it is lost, and what is on the way may be. */
  browserKilled() {
    this.#cuts += this.#chance.below(2);
  }

  /**
   * Send a request of the page that runs. `onAnswer` and `onFailure` run in the page, unless it is
   * gone; `onEnd` runs once nothing of the request is in flight any more, in no page.
   */
  send(flight) {
    const kernel = this.#kernel;
    flight.cuts = this.#cuts;
    flight.sentMs = kernel.nowMs;
    this.inFlight += 1;
    if (flight.isBatch) this.#seen.sent(flight);
    if (!this.isOnline) {
      const delayMs = this.#isSilent ? HANGS_MS : this.#chance.between(0.5, 6);
      kernel.after(delayMs, null, codes.REQUEST_FAILS, this.#fail, flight);
      return;
    }
    kernel.after(this.#oneWayMs(), null, codes.REQUEST_ARRIVES, this.#arrive, flight);
  }

  #oneWayMs() {
    return 0.2 + (this.#roundTripMs / 2) * (0.7 + 0.6 * this.#chance.next());
  }

  #arrive = (flight) => {
    const isGone = !flight.livesOn && flight.page.isGone && flight.page.goneMs - flight.sentMs < 1;
    if (flight.cuts !== this.#cuts || isGone) {
      this.#fail(flight);
      return;
    }
    if (!flight.isBatch) {
      this.#answer(flight, sessionAnswer(flight.user));
      return;
    }
    const fault = this.#fault();
    if (!fault) {
      this.#process(flight, {});
      return;
    }
    this.#seen.acted(fault.how, flight);
    if (fault.loses === "request") {
      const delayMs = fault.hangs ? HANGS_MS : this.#oneWayMs();
      this.#kernel.after(delayMs, null, codes.REQUEST_FAILS, this.#fail, flight);
    } else if (fault.status) {
      this.#answer(flight, this.#byGateway(fault));
    } else if (fault.arrivesLateMs) {
      this.#kernel.after(fault.arrivesLateMs, null, codes.REQUEST_ARRIVES, (one) => this.#process(one, {}), flight);
    } else {
      this.#process(flight, fault);
    }
  };

  #fault() {
    const fault = this.#faults[0];
    if (!fault) return null;
    fault.left -= 1;
    if (fault.left <= 0) this.#faults.shift();
    return fault;
  }

  #byGateway({ status, retryAfterS, isDate }) {
    let retryAfter = retryAfterS === undefined ? null : String(retryAfterS);
    if (isDate) {
      // A date has whole seconds: rounded up, so that it asks for no less than is meant.
      const atMs = this.#epochMs + this.#kernel.nowMs + retryAfterS * 1000;
      retryAfter = new Date(Math.ceil(atMs / 1000) * 1000).toUTCString();
    }
    return { status, text: "", retryAfter };
  }

  #process(flight, fault) {
    flight.arrivedMs = this.#kernel.nowMs;
    const tookMs = this.#chance.between(0.3, 4);
    this.#kernel.after(tookMs, null, codes.REQUEST_COMMITS, () => {
      const answer = this.#server.handle(flight);
      if (fault.loses === "answer") {
        this.#kernel.after(this.#oneWayMs(), null, codes.REQUEST_FAILS, this.#fail, flight);
      } else {
        this.#answer(flight, answer, fault.answerLateMs ?? 0);
      }
    });
  }

  #answer(flight, answer, lateMs = 0) {
    this.#kernel.after(this.#oneWayMs() + lateMs, null, codes.ANSWER_ARRIVES, () => {
      if (flight.cuts !== this.#cuts) {
        this.#fail(flight);
        return;
      }
      this.#end(flight);
      this.#kernel.deliver(flight.page, codes.ANSWER_ARRIVES, () => {
        if (flight.isAborted) return;
        if (flight.isBatch) this.#seen.read(flight, answer);
        flight.onAnswer?.(answer);
      });
    });
  }

  #fail = (flight) => {
    this.#end(flight);
    this.#kernel.deliver(flight.page, codes.REQUEST_FAILS, () => {
      if (!flight.isAborted) flight.onFailure?.();
    });
  };

  #end(flight) {
    this.inFlight -= 1;
    this.#kernel.hasRun = true;
    if (flight.quotaBytes) flight.page.quotaBytes -= flight.quotaBytes;
    flight.quotaBytes = 0;
  }

  /**
   * Send a batch and return its answer at once, as a synchronous request does; null when it fails.
   */
  sendNow(flight) {
    this.#seen.sent(flight);
    this.#kernel.nowMs += this.#roundTripMs;
    if (!this.isOnline) return null;
    const fault = this.#fault();
    if (fault) this.#seen.acted(fault.how, flight);
    if (fault?.loses === "request") return null;
    if (fault?.status) return this.#read(flight, this.#byGateway(fault));
    flight.arrivedMs = this.#kernel.nowMs;
    const answer = this.#server.handle(flight);
    return fault?.loses === "answer" ? null : this.#read(flight, answer);
  }

  #read(flight, answer) {
    this.#seen.read(flight, answer);
    return answer;
  }
}

function sessionAnswer(user) {
  if (user === null) return { status: 401, text: "{}" };
  return { status: 200, text: JSON.stringify({ userId: user }) };
}
