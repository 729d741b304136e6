// Which steps a person can take, and a walk drawn from them. The steps and their rules are those of
// scenarios/concurrency/walk.py; `fault` and `kill` are steps of the same list.

import { FAULT_NAMES } from "./network.js";

const MOST_TABS = 4;
const POOL = 30;
/** A walk over long ids, many at once: what it shows is more than one request may carry. */
const BULK = { share: 0.008, pool: 600, views: 400, atOnce: [20, 80, 130], length: 6 };
const USERS = ["a", "b"];
/** How often a user looks at what another has seen in the same tab, where there is such. */
const SAME_AGAIN = 0.75;
const WAITS_MS = [0, 0, 30, 150, 400];
const FLUSH_DELAYS_MS = [0, 100, 300, 1000, 600_000];
const LENGTHS = [4, 6, 8, 8, 12, 24];
const WEIGHTS = {
  view: 12,
  open: 4,
  switch: 5,
  hide: 2,
  close: 2,
  reload: 2,
  leave: 3,
  back: 5,
  forward: 1,
  offline: 1,
  online: 4,
  sign_in: 1,
  crash: 1,
  kill: 1,
  fault: 3,
};

export class Model {
  tabs = new Map();
  opened = 0;
  signedIn = "a";
  online = true;
  viewsLeft;
  pool;

  constructor(views, pool = POOL) {
    this.viewsLeft = views;
    this.pool = pool;
  }

  possible() {
    const names = this.viewsLeft > 0 && this.able("view").length > 0 ? ["view"] : [];
    if (this.online && this.tabs.size < MOST_TABS) names.push("open");
    for (const name of TAB_STEPS) if (this.able(name).length > 0) names.push(name);
    names.push(this.online ? "offline" : "online", "fault");
    if (this.#canCrash()) names.push("crash");
    return names;
  }

  able(name) {
    const found = [];
    for (const [number, tab] of this.tabs) if (this.#isAble(name, tab)) found.push(number);
    return found;
  }

  allows(step) {
    if (step.name === "fault") return true;
    if (["open", "offline", "online", "crash"].includes(step.name)) {
      return this.possible().includes(step.name) && !this.tabs.has(step.tab);
    }
    if (!this.able(step.name).includes(step.tab)) return false;
    const shown = shownTo(this.tabs.get(step.tab));
    return step.name !== "view" || step.artworks.every((artwork) => !shown.has(artwork));
  }

  take(step) {
    const tab = this.tabs.get(step.tab);
    if (step.name === "open") {
      this.#hideAll();
      this.tabs.set(step.tab, newTab(this.signedIn));
      this.opened = Math.max(this.opened, step.tab + 1);
    } else if (step.name === "offline" || step.name === "online") {
      this.online = step.name === "online";
    } else if (step.name === "crash") {
      this.online = true;
      for (const one of this.tabs.values()) {
        Object.assign(one, { knows: this.signedIn, visible: true, wasAway: false });
      }
    } else if (step.name === "close") {
      this.tabs.delete(step.tab);
    } else if (tab) {
      this.#takeIn(tab, step);
    }
  }

  #takeIn(tab, step) {
    const { name } = step;
    if (name === "view") {
      for (const artwork of step.artworks) shownTo(tab).add(artwork);
      this.viewsLeft -= step.artworks.length;
    } else if (name === "switch") {
      this.#hideAll();
      tab.visible = true;
      if (this.online) tab.knows = this.signedIn;
    } else if (name === "hide") {
      tab.visible = false;
    } else if (name === "leave" || name === "forward") {
      tab.isAway = tab.wasAway = true;
    } else if (name === "back" || name === "reload" || name === "kill") {
      tab.isAway = false;
      tab.knows = this.signedIn;
      tab.wasAway = name === "back";
    } else if (name === "sign_in") {
      this.#hideAll();
      this.signedIn = tab.knows = step.user;
      tab.visible = true;
    }
  }

  #isAble(name, tab) {
    const here = !tab.isAway;
    const knows = tab.knows === this.signedIn;
    if (name === "view") return here && knows && shownTo(tab).size < this.pool;
    if (name === "switch") return here && (this.online || knows);
    if (name === "hide") return here && tab.visible;
    if (name === "reload" || name === "leave" || name === "kill") return here && this.online;
    if (name === "back") return !here && this.online;
    if (name === "forward") return here && tab.wasAway && this.online;
    if (name === "sign_in") return here && this.online;
    return name === "close" && here;
  }

  #canCrash() {
    for (const tab of this.tabs.values()) if (tab.isAway) return false;
    return this.tabs.size > 0;
  }

  #hideAll() {
    for (const tab of this.tabs.values()) tab.visible = false;
  }
}

const TAB_STEPS = "switch hide close reload leave back forward sign_in kill".split(" ");

const newTab = (knows) => ({
  isAway: false,
  knows,
  visible: true,
  wasAway: false,
  /** What it has shown to each user. */
  seen: Object.fromEntries(USERS.map((user) => [user, new Set()])),
});

/** Return what a tab has shown to the user whom it knows to be signed in. */
const shownTo = ({ knows, seen }) => seen[knows];

/** Draw a walk of the given number of steps; views that are left are shown at its end. */
export function draw(chance, seed, number, preset) {
  const isBulk = chance.happens(BULK.share);
  const length = isBulk ? BULK.length : chance.pick(LENGTHS);
  const model = isBulk ? new Model(BULK.views, BULK.pool) : new Model(Math.ceil(length * 0.8));
  const steps = [];
  const options = {
    preset,
    flushDelayMs: String(chance.pick(FLUSH_DELAYS_MS)),
    retryBaseMs: "200",
    retryCapMs: "1000",
    onlineJitterMs: "200",
    adoptEveryMs: String(chance.pick([500, 2000, 15_000])),
  };
  if (!isBulk && chance.happens(0.1)) options.maxBatchSize = String(chance.pick([1, 2, 3]));
  if (isBulk) steps.push({ name: "fault", how: chance.pick(["silence", "503-wait"]), count: 8 });
  while (steps.length < length || model.viewsLeft > 0) {
    const names = steps.length < length ? model.possible() : ending(model);
    const step = drawn(chance.weighted(names, WEIGHTS), model, chance);
    model.take(step);
    steps.push(step);
  }
  return { seed, number, options, steps, pool: isBulk ? "long" : "" };
}

/** Return the steps that are possible one after the other; the others are left out. */
export function runnable(steps) {
  const model = new Model(Infinity, Infinity);
  return steps.filter((step) => {
    const isAllowed = model.allows(step);
    if (isAllowed) model.take(step);
    return isAllowed;
  });
}

function ending(model) {
  if (model.able("view").length > 0) return ["view"];
  const possible = model.possible();
  return [["online", "back", "switch"].find((name) => possible.includes(name)) ?? "open"];
}

function drawn(name, model, chance) {
  const step = { name };
  const wait = chance.pick(WAITS_MS);
  if (wait > 0) step.wait_ms = wait;
  if (name === "open") {
    step.tab = model.opened;
  } else if (name === "fault") {
    step.how = chance.pick(FAULT_NAMES);
    step.count = chance.pick([1, 1, 2, 4, 8]);
  } else if (!["offline", "online", "crash"].includes(name)) {
    step.tab = chance.pick(model.able(name));
    if (name === "view") step.artworks = unseen(model, step.tab, chance);
    if (name === "sign_in") step.user = chance.pick(USERS);
  }
  return step;
}

/**
 * Return artworks that the tab has not shown to its user, mostly those that another has seen in it;
 * few are in the pool, so that tabs share them.
 */
function unseen(model, number, chance) {
  const tab = model.tabs.get(number);
  const isNew = (artwork) => !shownTo(tab).has(artwork);
  const others = [...new Set(USERS.flatMap((user) => [...tab.seen[user]]))].filter(isNew);
  const isAgain = others.length > 0 && chance.happens(SAME_AGAIN);
  const left = isAgain ? others : Array.from({ length: model.pool }, (_, n) => n).filter(isNew);
  const counts = model.pool > POOL ? BULK.atOnce : [1, 1, 2, 3];
  const count = Math.min(chance.pick(counts), model.viewsLeft, left.length);
  return Array.from({ length: count }, () => left.splice(chance.below(Math.min(left.length, 8)), 1)[0]);
}
