// IndexedDB as one origin has it: object stores with keys [owner, id], transactions in their order,
// and what is left of them when a page or the browser dies.
//
// A transaction whose `complete` has fired survives everything. One that was committed by hand and
// had its turn may survive its page and, by chance, its browser; every other one is undone.

import * as codes from "./codes.js";
import { GONE } from "./kernel.js";

export const WAITING = 0;
export const RUNNING = 1;
export const ENDED = 2;

/**
 * The data of one origin, on the disk: it outlives pages and browsers. When things happen, and what a
 * death leaves, is decided here; what a request does and which transaction may run, by `open`,
 * `advance` and the transactions, which fake_disk.js has of its own.
 */
export class Disk {
  /** @type {Map<string, Map<string, object>>} database → key → row */ stores = new Map();
  /** Transactions that have not ended, in the order in which they were created. */
  line = [];
  kernel;
  /** What `IDBKeyRange` is for its pages. */ keyRange = KeyRange;
  /** Called with every list that a request finds, where somebody compares them. */
  onFound = null;
  #chance;
  #slowMs;
  #onPut;

  /** `slowMs` is how long a request takes at most; `onPut` is called with the page and each row. */
  constructor(kernel, chance, slowMs, onPut) {
    this.kernel = kernel;
    this.#chance = chance;
    this.#slowMs = slowMs;
    this.#onPut = onPut;
  }

  latencyMs() {
    const share = this.#chance.next();
    return 0.05 + share * share * share * this.#slowMs;
  }

  /** Open a database for the page that runs, as `indexedDB.open` does. */
  open(name) {
    const { page } = this.kernel;
    const request = new Request();
    this.kernel.after(this.latencyMs(), page, codes.DISK_OPEN, () => {
      const isNew = !this.stores.has(name);
      if (isNew) this.stores.set(name, new Map());
      request.result = new Database(this, name, page);
      if (isNew) {
        request.onupgradeneeded?.({ target: request });
        this.kernel.checkpoint();
      }
      request.onsuccess?.({ target: request });
    });
    return request;
  }

  /** Put a new transaction behind the others. */
  begin(transaction) {
    this.line.push(transaction);
    this.advance();
  }

  /** Start every transaction that nothing before it keeps waiting. */
  advance() {
    let isWritten = false;
    let isRead = false;
    for (const one of this.line) {
      const mayRun = one.writes ? !isWritten && !isRead : !isWritten;
      if (one.state === WAITING && mayRun) {
        one.state = RUNNING;
        this.serve(one);
      }
      if (one.writes) isWritten = true;
      else isRead = true;
    }
  }

  /** Carry out the transaction's next request, or end it when there is none. */
  serve(one) {
    if (one.state !== RUNNING || one.isServing) return;
    one.isServing = true;
    if (one.requests.length > 0) {
      this.kernel.after(this.latencyMs(), null, codes.DISK_REQUEST, this.#carryOut, one);
    } else {
      this.kernel.after(this.latencyMs() / 4, null, codes.DISK_COMPLETE, this.#complete, one);
    }
  }

  #carryOut = (one) => {
    one.isServing = false;
    if (one.state !== RUNNING) return;
    // Requests that nothing listens to are carried out together: no page could tell.
    while (one.requests.length > 0) {
      const tell = one.carry();
      if (tell !== null && one.page.state !== GONE) {
        one.isServing = true;
        this.kernel.after(0, one.page, codes.DISK_REQUEST, () => {
          one.isServing = false;
          tell();
          this.kernel.checkpoint();
          this.serve(one);
        });
        return;
      }
    }
    this.serve(one);
  };

  #complete = (one) => {
    one.isServing = false;
    if (one.state !== RUNNING) return;
    if (one.requests.length > 0) {
      this.serve(one);
      return;
    }
    const tell = one.finish();
    this.#end(one);
    this.kernel.deliver(one.page, codes.DISK_COMPLETE, tell);
  };

  #end(one) {
    one.state = ENDED;
    this.line.splice(this.line.indexOf(one), 1);
    this.advance();
  }

  /** Undo a transaction, and tell its page if it lives. */
  abort(one, name) {
    if (one.state === ENDED) return;
    const tell = one.revert(name);
    this.#end(one);
    this.kernel.after(0, one.page, codes.DISK_ABORT, tell);
  }

  /** Return whether a transaction of the page cannot end without the page. */
  needs(page) {
    return this.line.some((one) => one.page === page && !one.isCommitted);
  }

  /** The page is gone: what it did not commit by hand is undone, what waits may be too. */
  pageGone(page) {
    for (const one of this.line.filter((each) => each.page === page)) {
      const isQueued = one.state === WAITING && this.#chance.happens(0.3);
      if (one.isCommitted && !isQueued) {
        one.isServing = false;
        this.serve(one);
      } else {
        this.abort(one);
      }
    }
    this.advance();
  }

  /** The browser is killed: a transaction that had not completed is there or not, as it happens. */
  browserKilled() {
    const line = this.line;
    this.line = []; // Nothing that waited has its turn now.
    for (const one of line) {
      const survives = one.state === RUNNING && one.isCommitted && this.#chance.happens(0.5);
      if (survives) {
        while (one.requests.length > 0) one.carry();
        one.finish();
        one.state = ENDED;
      } else {
        this.abort(one);
      }
    }
  }

  /** Return the rows of one owner, of all databases. */
  rowsOf(owner) {
    return this.rows().filter((row) => row.owner === owner);
  }

  /** Return every row that is on the disk now, in no order. */
  rows() {
    const found = [];
    for (const rows of this.stores.values()) found.push(...rows.values());
    return found;
  }

  /** Say that a page wrote a row. */
  put(page, row) {
    this.#onPut(page, row);
  }
}

class Request {
  result = undefined;
  error = null;
  onsuccess = null;
  onerror = null;
  onupgradeneeded = null;

  constructor(act) {
    this.act = act;
  }
}

class Database {
  onclose = null;
  onversionchange = null;
  #disk;
  #page;
  #isClosed = false;

  constructor(disk, name, page) {
    this.#disk = disk;
    this.name = name;
    this.#page = page;
  }

  createObjectStore() {}

  transaction(_, mode = "readonly") {
    if (this.#isClosed) throw failure("InvalidStateError");
    const rows = this.#disk.stores.get(this.name);
    return new Transaction(this.#disk, this.#page, rows, mode === "readwrite");
  }

  close() {
    this.#isClosed = true;
  }
}

class Transaction {
  oncomplete = null;
  onabort = null;
  onerror = null;
  error = null;
  state = WAITING;
  isCommitted = false;
  isServing = false;
  requests = [];
  undo = [];

  constructor(disk, page, rows, writes) {
    this.disk = disk;
    this.page = page;
    this.rows = rows;
    this.writes = writes;
    disk.begin(this);
  }

  /** Carry out the next request; return what tells its page, null if nothing listens. */
  carry() {
    const request = this.requests.shift();
    request.result = request.act(this);
    if (this.disk.onFound !== null) this.disk.onFound(request.result);
    return request.onsuccess ? () => request.onsuccess({ target: request }) : null;
  }

  /** Everything is carried out; return what tells its page. */
  finish() {
    this.undo = null;
    return () => this.oncomplete?.({ target: this });
  }

  /** Undo what was carried out; return what tells its page, of each request first. */
  revert() {
    for (const [rows, key, before] of (this.undo ?? []).reverse()) {
      if (before === undefined) rows.delete(key);
      else rows.set(key, before);
    }
    this.undo = null;
    const unanswered = this.requests;
    this.requests = [];
    return () => {
      for (const request of unanswered) {
        request.error = failure("AbortError");
        request.onerror?.({ target: request });
        this.disk.kernel.checkpoint();
      }
      this.onabort?.({ target: this });
    };
  }

  objectStore() {
    if (this.state === ENDED) throw failure("InvalidStateError");
    return new ObjectStore(this);
  }

  commit() {
    if (!this.#isOpen) throw failure("InvalidStateError");
    this.isCommitted = true;
  }

  abort() {
    if (!this.#isOpen) throw failure("InvalidStateError");
    this.disk.abort(this);
  }

  get #isOpen() {
    return !this.isCommitted && this.state !== ENDED;
  }

  /** Queue a request. */
  ask(act, writes = false) {
    if (!this.#isOpen) throw failure("TransactionInactiveError");
    if (writes && !this.writes) throw failure("ReadOnlyError");
    const request = new Request(act);
    this.requests.push(request);
    this.disk.serve(this);
    return request;
  }
}

function failure(name) {
  const error = new Error(name);
  error.name = name;
  return error;
}

const keyOf = (key) => `${key[0]}\n${key[1]}`;

class ObjectStore {
  constructor(transaction) {
    this.transaction = transaction;
  }

  put(row) {
    const copy = cloned(row);
    return this.transaction.ask((one) => {
      const key = keyOf([copy.owner, copy.id]);
      one.undo?.push([one.rows, key, one.rows.get(key)]);
      one.rows.set(key, copy);
      one.disk.put(one.page, copy);
      return [copy.owner, copy.id];
    }, true);
  }

  delete(key) {
    return this.transaction.ask((one) => {
      const text = keyOf(key);
      one.undo?.push([one.rows, text, one.rows.get(text)]);
      one.rows.delete(text);
    }, true);
  }

  clear() {
    return this.transaction.ask((one) => {
      for (const [key, row] of one.rows) one.undo?.push([one.rows, key, row]);
      one.rows.clear();
    }, true);
  }

  getAll(range) {
    return this.transaction.ask(({ rows }) => sorted(rows, range).map(([, row]) => cloned(row)));
  }

  getAllKeys(range) {
    return this.transaction.ask(({ rows }) =>
      sorted(rows, range).map(([, row]) => [row.owner, row.id]),
    );
  }
}

/** Return the entries of the range, in the order of their keys. */
function sorted(rows, range) {
  const found = [];
  for (const entry of rows) if (!range || entry[1].owner === range.owner) found.push(entry);
  return found.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Return a copy that shares nothing with the row. */
function cloned(row) {
  const copy = { ...row };
  for (const name in copy) if (Array.isArray(copy[name])) copy[name] = [...copy[name]];
  return copy;
}

/** The ranges that the queue uses: all rows of one owner. */
const KeyRange = { bound: ([owner]) => ({ owner }), only: ([owner]) => ({ owner }) };
