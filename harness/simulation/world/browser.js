// A browser: its tabs and their documents, who is signed in, and how it is killed.

import * as codes from "./codes.js";
import { ACTIVE, FROZEN, GONE } from "./kernel.js";
import { Locks } from "./locks.js";
import { Page } from "./page.js";

/** How often a page that could be kept in the back/forward cache is not. */
const NOT_KEPT = 0.25;
/** How often a closed tab is ended before its last handlers have run. */
const HELD_UP = 0.03;

export class Browser {
  /** @type {string | null} who is signed in: the session's cookie */ user = null;
  /** @type {Map<number, {page: Page, isAway: boolean}>} */ tabs = new Map();
  /** Every document that there ever was. */ pages = [];
  engine;
  #kernel;
  #chance;
  #world;

  constructor(world, chance) {
    this.#world = world;
    this.#kernel = world.kernel;
    this.#chance = chance;
    this.engine = chance.pick(["chromium", "chromium", "firefox"]);
    const slowMs = chance.pick([2, 5, 5, 60]);
    const onPut = (page, row) => world.oracle.stored(page, row);
    this.disk = new world.Disk(world.kernel, chance, slowMs, onPut);
    this.locks = new Locks(world.kernel, chance);
  }

  /** Load the display page into a tab; it is ready when `page.isReady`. */
  load(number, options, isHidden = false) {
    const page = new Page(this.#kernel, this.#chance, this.pages.length, options);
    page.isHidden = isHidden;
    this.pages.push(page);
    this.tabs.set(number, { page, isAway: false });
    const delayMs = this.#chance.between(5, 60);
    this.#kernel.after(delayMs, page, codes.PAGE_LOADS, () => {
      page.originMs = this.#kernel.nowMs;
      this.#world.evaluate();
      page.impressions.ready.then(
        () => (page.isReady = true),
        (error) => (page.failure = error),
      );
    });
    return page;
  }

  /** Put a tab in front of the others. */
  front(number) {
    for (const [other, { page, isAway }] of this.tabs) {
      if (other !== number && !isAway) this.#setHidden(page, true);
    }
    this.#setHidden(this.tabs.get(number).page, false);
  }

  /** Put every tab behind another. */
  hideAll() {
    for (const { page, isAway } of this.tabs.values()) if (!isAway) this.#setHidden(page, true);
  }

  hide(number) {
    this.#setHidden(this.tabs.get(number).page, true);
  }

  #setHidden(page, isHidden) {
    if (page.state !== ACTIVE) return;
    const { oracle } = this.#world;
    const attempts = isHidden && !page.isHidden ? oracle.hiding(page) : -1;
    page.setHidden(isHidden);
    oracle.hidden(page, attempts);
  }

  close(number) {
    const { page } = this.tabs.get(number);
    this.tabs.delete(number);
    if (page.state === ACTIVE && !this.#chance.happens(HELD_UP)) page.leave(false);
    this.#end(page);
    this.#world.oracle.ledger?.tab("tab_closed", page);
  }

  reload(number, options) {
    const { page } = this.tabs.get(number);
    page.leave(false);
    this.#end(page);
    return this.load(number, options);
  }

  /** Lead a tab to another page: its document is kept in the cache, or it is gone. */
  leave(number) {
    const tab = this.tabs.get(number);
    const { page } = tab;
    tab.isAway = true;
    const mayKeep = !this.#chance.happens(NOT_KEPT);
    const isKept = mayKeep && this.#isKeepable(page);
    page.leave(isKept);
    // What it did while it left may keep it out of the cache after all.
    if (page.state === FROZEN && (this.disk.needs(page) || this.#isLocked(page))) this.#end(page);
    else if (page.state !== FROZEN) this.#end(page);
  }

  /** Firefox keeps no page that holds a Web Lock or waits for a request. */
  #isKeepable(page) {
    if (this.disk.needs(page)) return false;
    return this.engine === "chromium" || !(this.locks.isUsedBy(page) || page.quotaBytes > 0);
  }

  /** No engine keeps a page that has not let go of its locks; Firefox none that lets go as it leaves. */
  #isLocked(page) {
    return this.engine === "firefox" ? this.locks.isUsedBy(page) : this.locks.isKeptBy(page);
  }

  /** Return to the display page: out of the cache, or loaded anew. Return whether it was kept. */
  back(number, options) {
    const tab = this.tabs.get(number);
    tab.isAway = false;
    if (tab.page.state === FROZEN && !this.#chance.happens(0.1)) {
      tab.page.comeBack();
      return true;
    }
    if (tab.page.state !== GONE) this.#end(tab.page);
    this.load(number, options);
    return false;
  }

  /** One page is killed, without a word to it, and loaded again. */
  kill(number, options) {
    this.#end(this.tabs.get(number).page);
    return this.load(number, options);
  }

  /** The browser is killed and started again: nothing of its pages is left but the disk. */
  crash() {
    for (const page of this.pages) {
      if (page.state === GONE) continue;
      page.end();
      this.#world.oracle.ledger?.tab("tab_killed", page);
    }
    this.disk.browserKilled();
    this.#world.network.browserKilled();
    this.locks = new Locks(this.#kernel, this.#chance);
  }

  #end(page) {
    page.end();
    this.disk.pageGone(page);
    this.locks.pageGone(page);
  }
}
