// The write-ahead queue: what a tab still owes the server, on this device's disk.
//
// Every tab keeps its own batches (key: [owner, id]) in one shared IndexedDB store, and from before
// its first row until after its last one it holds a Web Lock named after itself. So rows whose lock
// is free belong to no living tab; the tab that gets that lock moves them to itself in one transaction,
// and each is adopted once. A tab that owes nothing holds no lock, because Firefox keeps a page
// that holds one out of the back/forward cache, even if it lets go in pagehide.
//
// IndexedDB and not localStorage, because localStorage may lose 45 s of writes in a crash.

const STORE = "batches";
/** Without Web Locks (an insecure origin) a queue counts as dead after this long without a write. */
const IDLE_MS = 60_000;

/**
 * A batch as it lies on disk.
 * @typedef {object} StoredBatch
 * @property {string} owner    the tab that delivers it now
 * @property {string} id       stable over every resend and every adoption
 * @property {string} tab      the tab that showed the artworks; never changes
 * @property {number} seq      rises with every batch of that tab
 * @property {string} subject  whose views these are; never changes
 * @property {number} attempt  how often it was handed to the browser
 * @property {string[]} artworks
 * @property {Record<string, string>} [experiments]  that this batch names
 * @property {number} [writtenAt]
 */

/**
 * What lay in a dead tab's queue: `taken` is ours now, `left` waits for another user.
 * @typedef {{tab: string, taken: StoredBatch[], left: StoredBatch[]}} Estate
 */

export class WriteAheadQueue {
  /** @type {IDBDatabase | null} */ #db = null;
  /** @type {Promise<IDBDatabase> | null} */ #opening = null;
  /** @type {Lock | null} asked for or held */ #lock = null;
  #closed = true;

  /**
   * @param {string} owner  this tab's id
   * @param {number} openTimeoutMs
   * @param {string} name   of the database: one for every tab of the origin
   */
  constructor(owner, openTimeoutMs, name = "impressions") {
    this.owner = owner;
    this.openTimeoutMs = openTimeoutMs;
    this.name = name;
  }

  /**
   * Rejects when storage is blocked.
   * @param {boolean} owing  this tab has rows already: its lock comes first
   */
  async open(owing) {
    this.#closed = false;
    if (owing) await this.#hold();
    await this.#database();
  }

  /** Nothing is owed any more: no rows, no lock. */
  rest() {
    this.#lock?.letGo();
    this.#lock = null;
  }

  /**
   * Gives up the lock and the handle, which some engines want before they keep the page in the
   * back/forward cache. Transactions already begun still complete.
   */
  close() {
    this.#closed = true;
    this.#db?.close();
    this.#db = null;
    this.#opening = null;
    this.rest();
  }

  /**
   * Resolves when the batches would survive a crash. With database and lock at hand the transaction
   * is issued before this returns, so a page that dies in the next instant has still written.
   * @param {Iterable<Omit<StoredBatch, "owner">>} batches
   */
  put(batches) {
    const rows = [...batches].map((batch) => ({
      owner: this.owner,
      id: batch.id,
      tab: batch.tab,
      seq: batch.seq,
      subject: batch.subject,
      attempt: batch.attempt,
      artworks: [...batch.artworks],
      ...(batch.experiments && { experiments: batch.experiments }),
      writtenAt: Date.now(),
    }));
    const write = () =>
      this.#write((store) => {
        for (const row of rows) store.put(row);
        // Committed now: the implicit commit would wait for a page that may be gone by then.
        store.transaction.commit();
      });
    return this.#lock?.held ? write() : this.#hold().then(write);
  }

  /**
   * After every `put` before it: one that waits for the lock would write the batch again, and an
   * heir would send what was acknowledged.
   * @param {string} id
   */
  remove(id) {
    const write = () =>
      this.#write((store) => {
        store.delete([this.owner, id]);
        store.transaction.commit();
      });
    return !this.#lock || this.#lock.held ? write() : this.#lock.granted.then(write);
  }

  /** This tab's own batches. @returns {Promise<StoredBatch[]>} */
  async mine() {
    const db = await this.#database();
    const request = db.transaction(STORE).objectStore(STORE).getAll(rowsOf(this.owner));
    return answer(request);
  }

  /**
   * Moves the batches of `subject` out of every dead tab's queue into this one.
   * @param {string | null} subject
   * @returns {Promise<Estate[]>}
   */
  async adopt(subject) {
    const db = await this.#database();
    const keys = await answer(db.transaction(STORE).objectStore(STORE).getAllKeys());
    const owners = new Set(/** @type {[string, string][]} */ (keys).map(([owner]) => owner));
    owners.delete(this.owner);
    if (owners.size > 0) await this.#hold();
    /** @type {Estate[]} */
    const estates = [];
    for (const tab of owners) {
      const estate = await this.#ifDead(tab, () => this.#take(tab, subject));
      if (estate && estate.taken.length + estate.left.length > 0) estates.push(estate);
    }
    return estates;
  }

  /**
   * Reading and rewriting share one transaction: two tabs can never both take a row.
   * @param {string} tab
   * @param {string | null} subject
   * @returns {Promise<Estate>}
   */
  async #take(tab, subject) {
    /** @type {Estate} */
    const estate = { tab, taken: [], left: [] };
    const settled = Date.now() - (navigator.locks ? 0 : IDLE_MS);
    await this.#write((store) => {
      const request = store.getAll(rowsOf(tab));
      request.onsuccess = () => {
        for (const row of /** @type {StoredBatch[]} */ (request.result)) {
          if ((row.writtenAt ?? 0) > settled && !navigator.locks) continue;
          if (row.subject !== subject) {
            estate.left.push(row);
            continue;
          }
          // The last attempt of a dying page may not have reached the disk: skip its number.
          const ours = { ...row, owner: this.owner, attempt: row.attempt + 1 };
          store.delete([tab, row.id]);
          store.put(ours);
          estate.taken.push(ours);
        }
      };
    });
    return estate;
  }

  /**
   * @template T
   * @param {string} tab
   * @param {() => Promise<T>} action
   * @returns {Promise<T | null>}
   */
  async #ifDead(tab, action) {
    if (!navigator.locks) return action();
    return navigator.locks.request(lockName(this.name, tab), { ifAvailable: true }, (lock) =>
      lock ? action() : null,
    );
  }

  /** Resolves once the lock is ours; an adopter may have it for the length of a transaction. */
  #hold() {
    this.#lock ??= new Lock(lockName(this.name, this.owner));
    return this.#lock.granted;
  }

  /**
   * Runs `action` in one read-write transaction.
   * @param {(store: IDBObjectStore) => void} action
   * @returns {Promise<void>}
   */
  #write(action) {
    if (this.#db) return this.#transact(this.#db, action);
    return this.#database().then((db) => this.#transact(db, action));
  }

  /**
   * @param {IDBDatabase} db
   * @param {(store: IDBObjectStore) => void} action
   * @returns {Promise<void>}
   */
  async #transact(db, action) {
    // Relaxed: handed to the operating system. That survives the browser's death, not a power cut,
    // and costs no disk flush for every artwork.
    const transaction = db.transaction(STORE, "readwrite", { durability: "relaxed" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
    action(transaction.objectStore(STORE));
    await done;
  }

  /** @returns {Promise<IDBDatabase>} */
  #database() {
    if (this.#db) return Promise.resolve(this.#db);
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  /** @returns {Promise<IDBDatabase>} */
  async #connect() {
    const request = indexedDB.open(this.name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: ["owner", "id"] });
    };
    // Some browsers neither open nor refuse a blocked database; silence counts as a refusal.
    const refusal = new Promise((_, reject) => {
      setTimeout(() => reject(new Error("storage did not open")), this.openTimeoutMs);
    });
    return Promise.race([answer(request).then((db) => this.#use(db)), refusal]);
  }

  /**
   * A slow disk may open after it was given up: what is written from then on is on it.
   * @param {IDBDatabase} db
   */
  #use(db) {
    const forget = () => {
      if (this.#db === db) this.#db = this.#opening = null; // The next write opens it again.
    };
    db.onclose = forget;
    db.onversionchange = () => {
      db.close(); // Storage is cleared; closing it ourselves tells no `close`.
      forget();
    };
    // Closed meanwhile (pagehide): what waited for this handle is written, then it closes itself.
    if (this.#closed) setTimeout(() => db.close());
    else this.#db = db;
    return db;
  }
}

/** A Web Lock that can be given up at any time, before it is granted too. */
class Lock {
  held = false;
  /** @type {() => void} */ letGo = () => {};
  /** @type {Promise<void>} */ granted;

  /** @param {string} name */
  constructor(name) {
    /** @type {Promise<void>} */
    const released = new Promise((resolve) => (this.letGo = resolve));
    this.granted = new Promise((resolve) => {
      const grant = () => {
        this.held = true;
        resolve();
        return released;
      };
      // Where there are no locks at all, rows go by their age alone.
      if (navigator.locks) navigator.locks.request(name, grant).catch(grant);
      else void grant();
    });
  }
}

/** @param {string} name @param {string} tab */
const lockName = (name, tab) => `${name}:${tab}`;

/** @param {string} owner */
const rowsOf = (owner) => IDBKeyRange.bound([owner], [owner, []]);

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage refused"));
  });
}
