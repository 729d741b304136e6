// Replay: the display page shows what its user has seen before, in the order of the history, and
// records none of it. That an artwork was shown again is counted beside its impression.

import { Outbox, randomId } from "./outbox.js";

/** @typedef {{id: string, title: string, picture?: string}} Artwork */

const LISTED = "100";

export class Replay {
  /** @type {Outbox} */ #outbox;
  /** @type {HTMLElement[]} what the page has only now */ #elements;

  /**
   * @param {{subject: string, from: string, artwork: string, onLeave: () => void}} how
   *   `from` (µs since the epoch) and `artwork` name the impression with which it begins
   */
  constructor({ subject, from, artwork, onLeave }) {
    this.subject = subject;
    this.from = from;
    this.artwork = artwork;
    this.#outbox = new Outbox({ queue: "replays", endpoint: "/api/history/replays", subject });
    this.#elements = announce(onLeave);
  }

  /** The impression with which it begins and those before it. @returns {Promise<Artwork[]>} */
  async artworks() {
    const query = new URLSearchParams({ from: this.from, fromId: this.artwork, limit: LISTED });
    const answer = await fetch(`/api/history?${query}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`There is no history: status ${answer.status}`);
    /** @type {{artworkId: string, title: string, picture: string | null}[]} */
    const entries = (await answer.json()).entries;
    return entries.map(({ artworkId, title, picture }) => ({
      id: artworkId,
      title,
      ...(picture && { picture }),
    }));
  }

  /** Counts that these are shown again. @param {string[]} artworkIds @returns {Promise<unknown>} */
  shown(artworkIds) {
    return Promise.all(artworkIds.map((artworkId) => this.#outbox.add({ id: randomId(), artworkId })));
  }

  /** How many replays the server has not counted yet. @returns {Promise<number>} */
  async pending() {
    return (await this.#outbox.pending()).length;
  }

  /** Ends the mode; what is not counted yet is still sent. */
  end() {
    for (const element of this.#elements) element.remove();
  }
}

/** Says that this is a replay, and offers to leave it. @param {() => void} onLeave */
function announce(onLeave) {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/client/product/replay.css";
  const badge = document.createElement("p");
  badge.id = "replay";
  badge.setAttribute("role", "status");
  badge.textContent = "Replay: nothing of this is recorded.";
  const leave = document.createElement("button");
  leave.id = "leave-replay";
  leave.textContent = "New artworks";
  leave.addEventListener("click", onLeave);
  document.head.append(sheet);
  document.querySelector("main")?.before(badge);
  document.querySelector("nav")?.prepend(leave);
  return [sheet, badge, leave];
}
