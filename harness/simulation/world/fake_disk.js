// The same disk on the npm package fake-indexeddb: pages use its databases, transactions and
// requests. It decides which transaction may run, what a request does and finds, and what an abort
// undoes; the world's clock (disk.js) decides when, with the same chance, so that a walk is the same
// to the last event as long as both agree.
//
// The package queues its tasks with `setImmediate`, which it looks up at each call. Here that is a
// list: a task runs when the world's time for it has come, within the page that it belongs to.

import { createRequire } from "node:module";

import * as codes from "./codes.js";
import { Disk, RUNNING, WAITING } from "./disk.js";

/** More tasks than the package needs for anything: it waits for what does not come. */
const MOST_TASKS = 1000;

/** Return the class of disks on the package in this folder. Throws what Node.js throws without it. */
export function fakeDiskOf(folder) {
  const load = createRequire(`${folder}/package.json`);
  const part = (name) => load(`./build/cjs/${name}.js`);
  const [Factory, Connection, Transaction, Request, KeyRange] = [
    "FDBFactory",
    "FDBDatabase",
    "FDBTransaction",
    "FDBRequest",
    "FDBKeyRange",
  ].map(part);
  const methods = {
    transaction: Connection.prototype.transaction,
    close: Connection.prototype.close,
    ask: Transaction.prototype._execRequestAsync,
    start: Transaction.prototype._start,
    abort: Transaction.prototype._abort,
    tellTransaction: Transaction.prototype.dispatchEvent,
    tellRequest: Request.prototype.dispatchEvent,
  };
  return class extends FakeDisk {
    keyRange = KeyRange;

    constructor(...parts) {
      super(new Factory(), methods, ...parts);
    }
  };
}

class FakeDisk extends Disk {
  methods;
  /** Whether the package has let a transaction begin since this was last set to false. */
  hasStarted = false;
  /** The page whose request is carried out. */ writer = null;
  #factory;
  #tasks = [];

  constructor(factory, methods, ...parts) {
    super(...parts);
    this.#factory = factory;
    this.methods = methods;
    globalThis.setImmediate = (task) => void this.#tasks.push(task);
  }

  open(name, version) {
    const { page } = this.kernel;
    let request = null;
    const tasks = this.queuedBy(() => (request = this.#factory.open(name, version)));
    request.addEventListener("success", () => this.#watch(request.result, page));
    this.kernel.after(this.latencyMs(), page, codes.DISK_OPEN, () => {
      this.#tasks.push(...tasks);
      this.#run(true);
    });
    return request;
  }

  /** Let the package begin what may begin: it begins one transaction each time that it is asked. */
  advance() {
    if (this.line.length === 0) return;
    for (const database of this.#factory._databases.values()) {
      do {
        this.hasStarted = false;
        database.processTransactions();
        this.#run();
      } while (this.hasStarted);
    }
  }

  rows() {
    const found = [];
    for (const { rawObjectStores } of this.#factory._databases.values()) {
      for (const { records } of rawObjectStores.values()) {
        for (const { value } of records.values()) found.push(value);
      }
    }
    return found;
  }

  /** Return the tasks that the package queues meanwhile. */
  queuedBy(act) {
    const before = this.#tasks;
    const tasks = (this.#tasks = []);
    act();
    this.#tasks = before;
    return tasks;
  }

  /** Run the tasks that are queued, and those that they queue; with microtasks after each. */
  #run(isInPage = false) {
    for (let count = 0; this.#tasks.length > 0; count += 1) {
      if (count > MOST_TASKS) throw new Error("fake-indexeddb does not come to rest");
      this.#tasks.shift()();
      if (isInPage) this.kernel.checkpoint();
    }
  }

  #watch(connection, page) {
    const { methods } = this;
    connection.transaction = (...parts) => {
      const transaction = methods.transaction.apply(connection, parts);
      this.begin(new FakeTransaction(this, page, transaction));
      return transaction;
    };
    // It would ask again and again whether its transactions have ended; it counts as closed already.
    connection.close = () => void this.queuedBy(() => methods.close.call(connection));
    for (const store of connection._rawDatabase.rawObjectStores.values()) this.#witness(store);
  }

  #witness(store) {
    if (Object.hasOwn(store, "storeRecord")) return;
    const { storeRecord } = store;
    store.storeRecord = (record, isNew, undo) => {
      const key = storeRecord.call(store, record, isNew, undo);
      if (undo) this.put(this.writer, record.value); // Without one, this is what an abort undoes.
      return key;
    };
  }
}

/** A transaction of the package as the world's clock has it. */
class FakeTransaction {
  state = WAITING;
  isServing = false;
  #disk;
  #its;

  constructor(disk, page, its) {
    this.#disk = disk;
    this.#its = its;
    this.page = page;
    its._start = () => this.#begin();
    its._abort = (name) => disk.abort(this, name);
    its._execRequestAsync = (asked) => {
      const request = disk.methods.ask.call(its, asked);
      disk.serve(this);
      return request;
    };
  }

  get writes() {
    return this.#its.mode !== "readonly";
  }

  get isCommitted() {
    return this.#its._state === "committing";
  }

  get requests() {
    return this.#its._requests;
  }

  /** The package lets it run; its later steps are taken when the clock says so. */
  #begin() {
    if (this.#its._started) return;
    this.#its._started = true;
    this.state = RUNNING;
    this.#disk.hasStarted = true;
    this.#disk.serve(this);
  }

  carry() {
    const { methods, onFound } = this.#disk;
    const [{ request }] = this.requests;
    let event = null;
    request.dispatchEvent = (given) => (event = given);
    this.#disk.writer = this.page;
    methods.start.call(this.#its);
    if (onFound !== null) onFound(request.result);
    return request.onsuccess ? () => methods.tellRequest.call(request, event) : null;
  }

  finish() {
    const { methods } = this.#disk;
    const its = this.#its;
    let event = null;
    its.dispatchEvent = (given) => (event = given);
    methods.start.call(its);
    return () => event && methods.tellTransaction.call(its, event);
  }

  revert(name = null) {
    const disk = this.#disk;
    const tasks = disk.queuedBy(() => disk.methods.abort.call(this.#its, name));
    return () => {
      for (const task of tasks) {
        task();
        disk.kernel.checkpoint();
      }
    };
  }
}
