// Changes that a page owes the server: on this device's disk before anything is sent, sent in their
// order by one tab at a time, and gone when an answer says so. Each carries an id that the server
// counts once, so one that is sent again (a lost answer, a crash, two tabs) changes nothing.

const STORE = "changes";
const OPEN_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 8000;
/** Of the wait for another tab that sends: it has sent by then, or it does not run any more. */
const TURN_TIMEOUT_MS = REQUEST_TIMEOUT_MS + 1000;
/** Of one request; the server takes no more. */
const CHANGES_MAX = 100;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 15_000;
/** What these answers are about passes; every other 4xx is final. */
const LATER = new Set([408, 425, 429]);
/** Another user is signed in, or none: the changes wait for whose they are. */
const HELD = new Set([401, 409]);

/**
 * @typedef {{id: string, artworkId: string, [fact: string]: unknown}} Change
 * @typedef {{queue: string, subject: string, change: Change}} StoredChange
 * @typedef {{key: IDBValidKey, change: Change}} Waiting
 */

export class Outbox {
  /** @type {Promise<IDBDatabase> | null} */ #opening = null;
  /** @type {Change[]} what the disk did not take */ #memory = [];
  /** @type {(changes: Change[], isTaken: boolean) => void} */ #onSettled;
  #wanted = false;
  #sending = false;
  #failures = 0;
  #timer = 0;
  #listening = new AbortController();

  /**
   * @param {{queue: string, endpoint: string, subject: string,
   *   onSettled?: (changes: Change[], isTaken: boolean) => void}} how
   *   `queue` names these changes on the disk; `subject` is the user whose they are
   */
  constructor({ queue, endpoint, subject, onSettled = () => {} }) {
    this.queue = queue;
    this.endpoint = endpoint;
    this.subject = subject;
    this.#onSettled = onSettled;
    const { signal } = this.#listening;
    addEventListener("online", () => this.send(), { signal });
    addEventListener("pageshow", () => this.send(), { signal });
    // Not as the page hides: one that goes into the back/forward cache would take its turn there, not
    // run any more, and let every other page wait.
    const sendIfSeen = () => void (document.visibilityState === "visible" && this.send());
    document.addEventListener("visibilitychange", sendIfSeen, { signal });
    this.send();
  }

  /**
   * Takes a change and begins to send it. Resolves once it is on disk: true, or false where it lives
   * in memory only.
   * @param {Change} change
   * @returns {Promise<boolean>}
   */
  async add(change) {
    const isWritten = await this.#write((store) => {
      store.add({ queue: this.queue, subject: this.subject, change });
    }).then(
      () => true,
      () => false,
    );
    if (!isWritten) this.#memory.push(change);
    this.send();
    return isWritten;
  }

  /** What no answer has settled, oldest first. @returns {Promise<Change[]>} */
  async pending() {
    return [...(await this.#waiting()).map(({ change }) => change), ...this.#memory];
  }

  /** Sends what waits, unless that is under way: then what came meanwhile follows. */
  send() {
    this.#wanted = true;
    clearTimeout(this.#timer);
    if (!this.#sending) void this.#run();
  }

  /** Stops listening; what is on disk waits for the next page. */
  stop() {
    this.#listening.abort();
    clearTimeout(this.#timer);
  }

  async #run() {
    this.#sending = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        if (await this.#alone(() => this.#drain())) continue;
        this.#failures += 1;
        const delayMs = Math.min(RETRY_BASE_MS * 2 ** (this.#failures - 1), RETRY_CAP_MS);
        this.#timer = setTimeout(() => this.send(), delayMs * (0.5 + Math.random() / 2));
      }
    } finally {
      this.#sending = false;
    }
  }

  /** One tab sends, so that changes arrive in their order. @param {() => Promise<boolean>} action */
  async #alone(action) {
    // Without Web Locks (an insecure origin) two tabs may both send: the server counts it once.
    if (!navigator.locks) return action();
    const name = `product:${this.queue}`;
    let hadTurn = false;
    const take = () => {
      hadTurn = true;
      return action();
    };
    // It ends with an error after the time, and where another tab took the turn over: that one sends.
    const signal = AbortSignal.timeout(TURN_TIMEOUT_MS);
    const isDone = await navigator.locks.request(name, { signal }, take).catch(() => false);
    if (hadTurn) return isDone;
    return navigator.locks.request(name, { steal: true }, take).catch(() => false);
  }

  /** Sends until nothing waits. @returns {Promise<boolean>} whether nothing is left to try */
  async #drain() {
    for (;;) {
      const stored = (await this.#waiting()).slice(0, CHANGES_MAX);
      const fromMemory = stored.length === 0;
      const changes = fromMemory
        ? this.#memory.slice(0, CHANGES_MAX)
        : stored.map(({ change }) => change);
      if (changes.length === 0) return true;
      const status = await this.#post(changes);
      if (HELD.has(status)) return true;
      const isTaken = status >= 200 && status < 300;
      if (!isTaken && (status < 400 || status >= 500 || LATER.has(status))) return false;
      this.#failures = 0;
      if (fromMemory) this.#memory.splice(0, changes.length);
      // One that cannot be removed is sent once more, and counted no more.
      else if (!(await this.#remove(stored))) return false;
      this.#onSettled(changes, isTaken);
    }
  }

  /** @param {Change[]} changes @returns {Promise<number>} the status; 0 without an answer */
  async #post(changes) {
    try {
      const answer = await fetch(this.endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ subject: this.subject, changes }),
        keepalive: true,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      return answer.status;
    } catch {
      return 0;
    }
  }

  /** What this user's queue holds on the disk, oldest first. @returns {Promise<Waiting[]>} */
  async #waiting() {
    /** @type {Waiting[]} */
    const found = [];
    try {
      const store = (await this.#database()).transaction(STORE).objectStore(STORE);
      const [keys, rows] = await Promise.all([answerOf(store.getAllKeys()), answerOf(store.getAll())]);
      /** @type {StoredChange[]} */ (rows).forEach(({ queue, subject, change }, place) => {
        if (queue === this.queue && subject === this.subject) found.push({ key: keys[place], change });
      });
    } catch {
      this.#opening = null; // Storage that fails here fails the next write too, which is reported.
    }
    return found;
  }

  /** @param {Waiting[]} rows @returns {Promise<boolean>} */
  async #remove(rows) {
    const removing = this.#write((store) => {
      for (const { key } of rows) store.delete(key);
    });
    return removing.then(
      () => true,
      () => false,
    );
  }

  /** @param {(store: IDBObjectStore) => void} action @returns {Promise<void>} */
  async #write(action) {
    const transaction = (await this.#database()).transaction(STORE, "readwrite");
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
    action(transaction.objectStore(STORE));
    transaction.commit();
    await done;
  }

  /** @returns {Promise<IDBDatabase>} */
  #database() {
    this.#opening ??= this.#open();
    this.#opening.catch(() => (this.#opening = null));
    return this.#opening;
  }

  /** @returns {Promise<IDBDatabase>} */
  async #open() {
    const request = indexedDB.open("product", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true });
    const refusal = new Promise((_, reject) => {
      setTimeout(() => reject(new Error("storage did not open")), OPEN_TIMEOUT_MS);
    });
    const db = await Promise.race([answerOf(request), refusal]);
    const forget = () => (this.#opening = null);
    db.onclose = forget;
    db.onversionchange = () => {
      db.close(); // Storage is cleared: the next write opens it again.
      forget();
    };
    return db;
  }
}

/** 128 random bits; crypto.randomUUID is missing where the origin is not secure. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage refused"));
  });
}
