// What became of every impression of a walk: the fates of reports/evidence/fates.py, and promises of
// the recorder that fates do not show. Each finding has the name of the check that it belongs to.

import { ACTIVE, FROZEN } from "./kernel.js";
import { States } from "./states.js";

const CHECK_OF = {
  lost_acked: "nothing_lost",
  lost_unacked: "nothing_lost",
  duplicate_stored: "nothing_twice",
  phantom: "nothing_unshown",
  corrupt: "nothing_corrupt",
};
/** Timers and clocks have grains; what is earlier than this is early. */
const GRAIN_MS = 2;
/** How long it may be until a page learns of the batches that it has taken over on the disk. */
const ADOPTING_MS = 1000;
/** A page that lives on has removed an answered batch from its disk by then. */
const FORGETS_MS = 2000;
/** A page that is hidden twice within this need not send twice. */
const DEBOUNCE_MS = 110;

/** After so much there may be no room for another batch in what beacons and keepalive share. */
const ROOM_BYTES = 16 * 1024;

const keyOf = (user, artwork) => `${user}\n${artwork}`;

class Impression {
  intendedMs = Infinity;
  shown = false;
  acked = false;
  copies = 0;
  viewedMs = undefined;
  fate = null;

  constructor(user, artwork) {
    this.user = user;
    this.artwork = artwork;
  }
}

export class Oracle {
  /** Impressions: user and artwork → what is known. */ impressions = new Map();
  /** Views: user, tab and artwork. */ views = new Map();
  findings = [];
  states = new States();
  #kernel;
  #server;
  ledger;
  /** @type {import("./disk.js").Disk} */ disk;
  #backoff;
  /** Attempts by batch: who sent it last, with which number and ids. */ #sent = new Map();
  /** Batches by the page that may send them, as the disk has it. */ #owners = new Map();
  /**
   * Batches that an heir took while their page was in the cache. When that page returns it may send
   * them before it has read that they are gone: both have them for a moment, which loses nothing.
   */
  #fromCache = new Set();
  /** Batches that were held: they wait for their owner. */ #waiting = new Set();
  /** When a batch last changed hands on the disk. */ #takenMs = new Map();
  /** Batch → the page that reported it as acknowledged, and when. */ #settled = new Map();
  /** Answers that were read: batch and attempt. */ #read2xx = new Set();
  /** Impressions that the target refused for good. */ #refused = new Set();
  /** View → the batch that carries it. */ #carriers = new Map();

  constructor(kernel, server, ledger, backoff) {
    this.#kernel = kernel;
    this.#server = server;
    this.ledger = ledger;
    this.#backoff = backoff;
  }

  #accuse(check, why) {
    if (this.findings.length < 20) this.findings.push({ check, why });
  }

  #impression(user, artwork) {
    const key = keyOf(user, artwork);
    let found = this.impressions.get(key);
    if (!found) {
      found = new Impression(user, artwork);
      this.impressions.set(key, found);
    }
    return found;
  }

  // ---- what is shown -------------------------------------------------------------------------

  intended(page, user, artworks) {
    const tab = page.impressions.recorder.tabId;
    for (const artwork of artworks) {
      const one = this.#impression(user, artwork);
      one.intendedMs = Math.min(one.intendedMs, this.#kernel.nowMs);
      this.ledger?.viewer("view_intent", user, tab, artwork);
    }
  }

  shown(page, user, artworks) {
    const tab = page.impressions.recorder.tabId;
    for (const artwork of artworks) {
      this.#impression(user, artwork).shown = true;
      this.views.set(`${user}\n${tab}\n${artwork}`, { user, tab, artwork });
      this.ledger?.viewer("view_shown", user, tab, artwork);
    }
  }

  step(step) {
    this.ledger?.step(step);
    this.states.step(step);
  }

  cameBack(isKept) {
    if (isKept) this.states.saw("bfcache_return");
  }

  drained(page, isEmpty, ms) {
    this.ledger?.drained(page, isEmpty, ms);
    const { tabId, subject } = page.impressions.recorder;
    for (const row of this.disk.rowsOf(tabId)) {
      const isOwed = (artwork) =>
        !this.#impression(subject, artwork).acked && !this.#refused.has(keyOf(subject, artwork));
      const isNew = this.#kernel.nowMs - this.#takenMs.get(row.id) < ADOPTING_MS;
      const isElsewhere = isNew || this.#waiting.has(row.id) || this.#fromCache.has(row.id);
      const isHeld = row.subject !== subject || isElsewhere;
      if (isEmpty && !isHeld && row.artworks.some(isOwed)) {
        this.#accuse("drained_in_time", "a page calls its queue empty that is not");
      }
    }
    if (!isEmpty) this.#accuse("drained_in_time", `a page still held views after ${ms / 1000} s`);
  }

  /** A page is about to be hidden; return what `hidden` compares with. */
  hiding(page) {
    const isQuiet = page.quietUntilMs > this.#kernel.nowMs - GRAIN_MS;
    const isDebounced = this.#kernel.nowMs - page.hiddenMs < DEBOUNCE_MS;
    page.hiddenMs = this.#kernel.nowMs;
    const isDue = page.isReady && !isQuiet && !isDebounced && page.fresh > 0;
    return isDue ? page.attempts : -1;
  }

  /** It is hidden: what it has shown since it last sent something has been sent, as far as it fits. */
  hidden(page, attempts) {
    if (attempts < 0) return;
    if (page.attempts === attempts) {
      this.#accuse("one_flush_per_hide", "a page was hidden and what it had just shown was not sent");
    } else if (page.unsent.size > 0 && page.handedBytes <= ROOM_BYTES) {
      this.#accuse("hides_hand_over", `a page was hidden and kept ${page.unsent.size} new batches`);
    }
  }

  /** Something that a walk waited for did not come. */
  timedOut(what) {
    this.#accuse("walk_ends", `${what}: not in time`);
  }

  /** The walk did not come to rest. */
  endless() {
    this.#accuse("walk_ends", "the recorder does not come to rest");
  }

  // ---- what the recorder reports -------------------------------------------------------------

  event(page, event) {
    const { type } = event;
    this.#kernel.noteText(type);
    this.#kernel.note(event.attempt ?? 0);
    this.ledger?.client(event);
    if (type === "attempt") this.#attempt(page, event);
    else if (type === "acknowledged") this.#acknowledged(page, event);
    else if (type === "recorded") this.#recorded(page, event);
    else if (type === "refused") this.#dropped(event);
    else if (type === "retry_scheduled") this.#retry(page, event);
    else if (type === "adopted") this.states.saw("adoption");
    else if (type === "held") this.#held(page, event);
    if (type === "acknowledged" || type === "held" || type === "refused") {
      page.notBeforeMs = 0;
      page.failures = 0;
    }
  }

  #recorded(page, { batch }) {
    page.fresh += 1;
    page.unsent.add(batch);
  }

  /** What the target refused for good may be dropped; what waits for its owner may not. */
  #dropped({ user, artworks, status }) {
    if (!(status >= 400 && status < 500) || [401, 408, 409, 425, 429].includes(status)) return;
    for (const artwork of artworks) this.#refused.add(keyOf(user, artwork));
  }

  #held(page, { batch }) {
    this.states.saw("held");
    page.fresh = 0;
    page.unsent.clear();
    if (batch) this.#waiting.add(batch);
  }

  #attempt(page, event) {
    page.fresh = 0;
    page.attempts += 1;
    page.unsent.delete(event.batch);
    if (event.transport !== "fetch") page.handedBytes += event.bytes;
    page.measured = event;
    if (event.attempt > 1) this.states.saw("retry");
    const early = page.notBeforeMs - this.#kernel.nowMs;
    if (early > GRAIN_MS && !page.isHidden && !page.isLeaving) {
      this.#accuse("backoff", `sent ${early.toFixed(0)} ms before the pause ended`);
    }
  }

  #acknowledged(page, event) {
    const request = `${event.batch} ${event.attempt}`;
    const isRead = this.#read2xx.has(request);
    if (!isRead) this.#accuse("acks_after_commit", `${request}: no 2xx had been read`);
    // A page out of the cache may read the answer to what an heir has by now: that one removes it.
    const owner = this.#owners.get(event.batch) ?? page;
    if (isRead && owner === page) this.#settled.set(event.batch, { page, ms: this.#kernel.nowMs });
    for (const artwork of event.artworks) this.#impression(event.user, artwork).acked = true;
  }

  #retry(page, { delayMs, reason }) {
    if (reason === "online") return;
    page.notBeforeMs = this.#kernel.nowMs + delayMs;
    this.#backoff.planned(page, page.failures, delayMs, page.isAsked);
    page.isAsked = false;
    page.failures += 1;
  }

  // ---- what goes over the line ---------------------------------------------------------------

  /** A page hands a batch to the browser. */
  sent(flight) {
    const { page } = flight;
    const { batch } = flight;
    if (batch === null) return;
    flight.subjectOfPage = page.impressions?.recorder?.subject;
    const { batchId: id, attempt, subject, artworkIds } = batch;
    const { measured } = page;
    if (measured?.batch === id && measured.attempt === attempt && measured.bytes !== flight.bytes) {
      this.#accuse("bytes_measured", `${measured.bytes} bytes measured, ${flight.bytes} sent`);
    }
    if (subject !== flight.subjectOfPage) {
      this.#accuse("nothing_for_another", `${id} of ${subject} is sent by ${flight.subjectOfPage}`);
    }
    const quietMs = page.quietUntilMs - this.#kernel.nowMs;
    if (quietMs > GRAIN_MS) {
      this.#accuse("retry_after_heeded", `sent ${quietMs.toFixed(0)} ms before the server's time`);
    }
    this.#compare(page, id, attempt, artworkIds);
    this.#carry(batch);
  }

  #compare(page, id, attempt, artworkIds) {
    const ids = artworkIds.join("\n");
    const last = this.#sent.get(id);
    if (last && last.ids !== ids) this.#accuse("batches_keep_content", `${id} has other ids than before`);
    const isShared = this.#fromCache.has(id);
    if (last && last.page === page && attempt <= last.attempt && !isShared) {
      this.#accuse("attempts_processed_once", `${id} is sent twice as attempt ${attempt}`);
    }
    // What a page sent last as it left need not have reached its disk, but for the first attempt.
    if (last && last.page !== page && attempt === 1 && !isShared) {
      this.#accuse("batches_numbered", `${id} is sent by an heir as attempt 1 again`);
    }
    const owner = this.#owners.get(id);
    const isTaken = owner && owner !== page && owner.state === ACTIVE && !isShared;
    if (isTaken) this.#accuse("adopted_once", `${id} is sent by two pages that both live`);
    this.#sent.set(id, { page, attempt, ids });
    this.#again(page, id);
  }

  /** A page that had time to remove an acknowledged batch leaves it to no heir. */
  #again(page, id) {
    const settled = this.#settled.get(id);
    if (!settled || settled.page === page) return;
    const forgotMs = settled.ms + FORGETS_MS;
    if (this.#takenMs.get(id) > forgotMs && settled.page.goneMs > forgotMs) {
      this.#accuse("settled_not_sent_again", `${id} is sent by an heir after its acknowledgement`);
    }
  }

  #carry({ batchId, tabId, subject, artworkIds }) {
    for (const artwork of artworkIds) {
      const view = `${subject}\n${tabId}\n${artwork}`;
      const carrier = this.#carriers.get(view);
      if (carrier === undefined) this.#carriers.set(view, batchId);
      else if (carrier !== batchId) this.#accuse("each_id_once", `${artwork} is in two batches`);
    }
  }

  /** A page is given the answer to a batch. */
  read(flight, answer) {
    const { status, retryAfter } = answer;
    if (flight.isBeacon || flight.batch === null) return;
    const { batchId, attempt } = flight.batch;
    if (status >= 200 && status < 300) this.#read2xx.add(`${batchId} ${attempt}`);
    if (retryAfter == null) return;
    const asked = /^\d+$/.test(retryAfter)
      ? Number(retryAfter) * 1000
      : Date.parse(retryAfter) - this.#beganMs - this.#kernel.nowMs;
    flight.page.quietUntilMs = this.#kernel.nowMs + Math.max(0, asked);
    flight.page.isAsked = true;
    this.states.saw("asked_to_wait");
  }

  /** What Date.now() says at the beginning of the world. */
  #beganMs = 0;
  set epochMs(value) {
    this.#beganMs = value;
  }

  /** The gateway did something to a request. */
  acted(how, { batch }) {
    this.ledger?.acted(how, batch);
    this.states.saw(how === "answer_lost" ? "answer_lost" : "fault");
  }

  /** The page learns that the network is back: it may try again at once. */
  wentOnline(page) {
    page.failures = 0;
    page.notBeforeMs = 0;
  }

  overQuota() {
    this.states.saw("quota_exceeded");
  }

  /** A page wrote a row of its queue: from now on the batch is its own. */
  stored(page, row) {
    const before = this.#owners.get(row.id);
    const isBack = before && before !== page && this.#kernel.nowMs - before.thawedMs < ADOPTING_MS;
    if (before?.state === FROZEN || isBack) this.#fromCache.add(row.id);
    if (before !== page) this.#takenMs.set(row.id, this.#kernel.nowMs);
    this.#owners.set(row.id, page);
  }

  // ---- the end -------------------------------------------------------------------------------

  /** Return every impression with its fate, worst first, and add what fails to the findings. */
  judge() {
    for (const [user, rows] of this.#server.rows) {
      for (const [artwork, { copies, viewedMs }] of rows) {
        const one = this.#impression(user, artwork);
        one.copies = copies;
        one.viewedMs = viewedMs;
      }
    }
    const counts = {};
    for (const one of this.impressions.values()) {
      one.fate = fateOf(one);
      if (one.fate === null) continue;
      const check = CHECK_OF[one.fate];
      const isExcused = one.fate === "lost_unacked" && this.#refused.has(keyOf(one.user, one.artwork));
      const name = isExcused ? "refused" : one.fate;
      counts[name] = (counts[name] ?? 0) + 1;
      if (check && !isExcused) this.#accuse(check, `${one.user}/${one.artwork}: ${one.fate}`);
    }
    this.#carried();
    return counts;
  }

  /** Return every impression that has a fate: user, artwork, fate. */
  named() {
    const all = [...this.impressions.values()].filter(({ fate }) => fate !== null);
    return all.map(({ user, artwork, fate }) => [user, artwork, fate]);
  }

  #carried() {
    const carried = new Set();
    for (const { user, tab, artworks, status } of this.#server.receipts) {
      if (status !== 200) continue;
      for (const artwork of artworks) carried.add(`${user}\n${tab}\n${artwork}`);
    }
    for (const [key, { user, tab, artwork }] of this.views) {
      const fine = carried.has(key) || this.#refused.has(keyOf(user, artwork));
      if (!fine) this.#accuse("every_view_carried", `${user}/${artwork} of tab ${tab.slice(0, 8)}`);
    }
  }
}

/** Return the worst fate that applies; null for what was neither shown nor stored. */
function fateOf({ intendedMs, shown, acked, copies, viewedMs }) {
  const stored = copies > 0;
  if (!stored) return shown ? (acked ? "lost_acked" : "lost_unacked") : null;
  if (copies > 1) return "duplicate_stored";
  if (intendedMs === Infinity) return "phantom";
  if (viewedMs < intendedMs) return "corrupt";
  return acked ? "recorded_once" : "recovered";
}
