// Does what a walk's steps say, as scenarios/concurrency/walker.py does in a real browser, and lets
// every user come back at the end. Each `yield` is a wait: for a time, or for something to be so.

const SUBJECT_MS = 10_000;
const DRAIN_MS = 20_000;
const RETURN_MS = 30_000;
const UP_MS = 15_000;
/** A page that flushes within so long is given time to; another is closed with what it holds. */
const PATIENCE_MS = 1000;

const wait = (ms) => ({ what: "", isSo: null, ms, page: null });
/** `page` is the one whose scripts alone can make it so; null where others can too. */
const until = (what, isSo, ms, page = null) => ({ what, isSo, ms, page });

/** Whether a page failed because it uses something that this world lacks. */
const isLack = (error) => error instanceof TypeError || error instanceof ReferenceError;

export class Walker {
  #world;
  #walk;
  #browser;
  #options;
  /** @type {Map<number, string>} tab → who its page knows to be signed in */ #knows = new Map();
  #viewers = new Set();
  #shownIn = 0;

  constructor(world, walk) {
    this.#world = world;
    this.#walk = walk;
    this.#browser = world.browser;
    this.#options = { view: "blank", ...walk.options };
  }

  /** Take every step, then close what is open; each user comes back once. */
  *walk() {
    this.#browser.user = this.#user("a");
    for (const step of this.#walk.steps) {
      yield wait(step.wait_ms ?? 0);
      this.#world.oracle.step(step);
      yield* this.#take(step);
    }
    if (!this.#world.network.isOnline) this.#goOnline();
    this.#world.network.release();
    yield* this.#leave();
  }

  /** Return the options of a page that is loaded now; each has chance of its own. */
  #pageOptions() {
    const { seed, number } = this.#walk;
    const own = `${seed}-${number}-${this.#browser.pages.length}`;
    return { ...this.#options, seed: own, logSeed: own };
  }

  #user(name) {
    return `walk-${this.#walk.seed}-${this.#walk.number}-${name}`;
  }

  *#take(step) {
    const { network } = this.#world;
    const { name, tab } = step;
    if (name === "open") yield* this.#open(tab);
    else if (name === "offline") network.cut();
    else if (name === "online") this.#goOnline();
    else if (name === "crash") yield* this.#crash();
    else if (name === "fault") network.hold(step.how, step.count);
    else if (name === "view") yield* this.#view(tab, step.artworks);
    else if (name === "switch") yield* this.#front(tab);
    else if (name === "hide") this.#browser.hide(tab);
    else if (name === "close") this.#close(tab);
    else if (name === "reload") yield* this.#again(tab, () => this.#browser.reload(tab, this.#pageOptions()));
    else if (name === "kill") yield* this.#again(tab, () => this.#browser.kill(tab, this.#pageOptions()));
    else if (name === "leave" || name === "forward") this.#browser.leave(tab);
    else if (name === "back") yield* this.#back(tab);
    else if (name === "sign_in") yield* this.#signIn(tab, step.user);
  }

  *#open(tab) {
    this.#browser.hideAll();
    this.#browser.load(tab, this.#pageOptions());
    yield* this.#up(tab);
    this.#knows.set(tab, this.#browser.user);
  }

  *#up(tab) {
    const { page } = this.#browser.tabs.get(tab);
    const isOver = () => page.isReady || isLack(page.failure);
    yield until("the page is up", isOver, UP_MS, page);
    if (isLack(page.failure)) throw page.failure;
  }

  #goOnline() {
    this.#world.network.restore();
    for (const { page } of this.#browser.tabs.values()) this.#world.tellOnline(page);
  }

  *#view(tab, artworks) {
    const { page } = this.#browser.tabs.get(tab);
    const { kernel, oracle } = this.#world;
    const user = this.#knows.get(tab);
    const ids = artworks.map((number) => this.#world.artworkId(number));
    // A hidden page may have learnt of another sign-in from an answer: whose views these are, it and
    // the person do not agree on, so none are made.
    if (page.impressions?.recorder?.subject !== user) return;
    this.#viewers.add(user);
    oracle.intended(page, user, ids);
    const number = (this.#shownIn += 1);
    let ended = 0;
    let failure = null;
    kernel.enter(page, () => {
      const shown = page.impressions.show(...ids);
      shown.then(
        () => {
          oracle.shown(page, user, ids);
          ended = number;
        },
        (error) => {
          failure = error;
          ended = number;
        },
      );
    });
    yield until("the artworks are shown", () => ended === number || page.isGone, UP_MS, page);
    // What is never shown cannot be lost: such a page proves nothing.
    if (isLack(failure)) throw failure;
  }

  *#front(tab) {
    const { user } = this.#browser;
    if (this.#knows.get(tab) !== user) this.#browser.hide(tab);
    this.#browser.front(tab);
    if (this.#knows.get(tab) !== user) yield* this.#learn(tab);
  }

  *#learn(tab) {
    const { page } = this.#browser.tabs.get(tab);
    const { user } = this.#browser;
    const knows = () => page.impressions?.recorder?.subject === user;
    yield until("the page knows who is signed in", knows, SUBJECT_MS, page);
    this.#knows.set(tab, user);
  }

  #close(tab) {
    this.#knows.delete(tab);
    this.#browser.close(tab);
  }

  *#again(tab, load) {
    load();
    yield* this.#up(tab);
    yield* this.#learn(tab);
  }

  *#back(tab) {
    const isKept = this.#browser.back(tab, this.#pageOptions());
    this.#world.oracle.cameBack(isKept);
    yield* this.#up(tab);
    yield* this.#learn(tab);
  }

  *#signIn(tab, name) {
    this.#browser.user = this.#user(name);
    yield* this.#front(tab);
  }

  *#crash() {
    this.#browser.crash();
    this.#world.network.restore();
    yield wait(50);
    const numbers = [...this.#browser.tabs.keys()];
    for (const number of numbers) this.#browser.load(number, this.#pageOptions(), true);
    for (const number of numbers) {
      yield* this.#up(number);
      this.#browser.front(number);
      yield* this.#learn(number);
    }
  }

  *#leave() {
    const patient = Number(this.#options.flushDelayMs ?? 0) <= PATIENCE_MS;
    for (const [number, { page, isAway }] of [...this.#browser.tabs]) {
      if (patient && !isAway) yield* this.#drained(page, DRAIN_MS);
      this.#close(number);
    }
    for (const user of this.#viewers) {
      // No visit comes after this one: it lasts until what is there is sent, however long a lock takes.
      yield until("the locks of closed pages are free", () => this.#browser.locks.areFree(), RETURN_MS);
      this.#browser.user = user;
      const number = 1000 + this.#browser.pages.length;
      yield* this.#open(number);
      const { page } = this.#browser.tabs.get(number);
      const isOwed = () => this.#browser.disk.rows().some((row) => row.subject === user);
      yield until("", () => !isOwed(), RETURN_MS, page);
      yield* this.#drained(page, RETURN_MS);
      this.#close(number);
    }
    yield until("no request is in flight", () => this.#world.network.inFlight === 0, 60_000);
    yield wait(100);
  }

  *#drained(page, ms) {
    const isDrained = () => page.impressions?.recorder?.pending().length === 0;
    yield until("", isDrained, ms, page);
    this.#world.oracle.drained(page, isDrained(), ms);
  }
}
