// Favourites: hearts that change at once, are kept on the disk until the server has them, and can be
// undone. Other tabs of the same user hear of every change.

import { Outbox, randomId } from "./outbox.js";

/** @typedef {import("./outbox.js").Change} Change */

export class Favourites {
  /** @type {Outbox} */ #outbox;
  /** @type {Map<string, {button: HTMLButtonElement, title: string}>} */ #hearts = new Map();
  /** @type {BroadcastChannel} */ #channel;
  /** @type {(text: string, undo: (() => void) | null) => void} */ #say;

  /**
   * @param {string} subject
   * @param {(text: string, undo: (() => void) | null) => void} say  tells the user of a change
   */
  constructor(subject, say) {
    this.subject = subject;
    this.#say = say;
    this.#channel = new BroadcastChannel(`favourites of ${subject}`);
    this.#channel.onmessage = ({ data }) => this.#draw(data.artworkId, data.favourite);
    const onSettled = this.#settled.bind(this);
    this.#outbox = new Outbox({ queue: "favourites", endpoint: "/api/favourites", subject, onSettled });
  }

  /** @param {string} artworkId @param {string} title @param {boolean} isFavourite */
  heart(artworkId, title, isFavourite) {
    const button = document.createElement("button");
    button.className = "heart";
    button.addEventListener("click", (event) => {
      if (event.detail > 1) return; // The second click of a double click means nothing more.
      void this.set(artworkId, button.getAttribute("aria-pressed") !== "true", true);
    });
    this.#hearts.set(artworkId, { button, title });
    this.#draw(artworkId, isFavourite);
    return button;
  }

  /** Draws what the server does not know yet over what it knows. */
  async overlay() {
    for (const { artworkId, favourite } of await this.#outbox.pending()) {
      this.#draw(artworkId, favourite === true);
    }
  }

  /** @param {string} artworkId @param {boolean} favourite @param {boolean} hasUndo */
  async set(artworkId, favourite, hasUndo) {
    this.#draw(artworkId, favourite);
    this.#channel.postMessage({ artworkId, favourite });
    const title = this.#hearts.get(artworkId)?.title ?? artworkId;
    const undo = hasUndo ? () => void this.set(artworkId, !favourite, false) : null;
    this.#say(favourite ? `${title} is a favourite.` : `${title} is no favourite any more.`, undo);
    await this.#outbox.add({ id: randomId(), artworkId, favourite });
  }

  /** How many changes no answer has settled. @returns {Promise<number>} */
  async pending() {
    return (await this.#outbox.pending()).length;
  }

  /** @param {string} artworkId @param {boolean} isFavourite */
  #draw(artworkId, isFavourite) {
    const known = this.#hearts.get(artworkId);
    if (!known) return;
    known.button.textContent = isFavourite ? "♥" : "♡";
    known.button.setAttribute("aria-pressed", String(isFavourite));
    known.button.setAttribute("aria-label", `Favourite: ${known.title}`);
  }

  /** @param {Change[]} changes @param {boolean} isTaken */
  #settled(changes, isTaken) {
    if (isTaken) return;
    for (const { artworkId, favourite } of changes) this.#draw(artworkId, favourite !== true);
    this.#say("The server did not take that change.", null);
  }
}
