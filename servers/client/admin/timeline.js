// What one user has seen, newest first, a page at a time.

import { at, element, get } from "./parts.js";

/** @typedef {{artworkId: string, title: string, viewedAtUs: number}} Entry */

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export class Timeline {
  #user = "";
  /** @type {Record<string, string> | null} */ #next = null;

  constructor() {
    at("timeline-close").addEventListener("click", () => this.#dialog.close());
    at("timeline-earlier").addEventListener("click", () => void this.#load());
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (at("timeline"));
  }

  /** @param {string} user */
  async open(user) {
    this.#user = user;
    this.#next = null;
    at("timeline-title").textContent = user;
    at("timeline-entries").replaceChildren();
    this.#dialog.showModal();
    await this.#load();
  }

  async #load() {
    const user = this.#user;
    const query = new URLSearchParams({ user, limit: "50", ...this.#next });
    at("timeline-earlier").hidden = true;
    at("timeline-message").textContent = "Loading…";
    try {
      /** @type {{entries: Entry[], next: Record<string, string> | null}} */
      const page = await get(`/admin/impressions/users/timeline?${query}`);
      if (user !== this.#user) return; // another was opened meanwhile
      at("timeline-entries").append(...page.entries.map(({ title, artworkId, viewedAtUs }) => {
        const item = element("li", `${title} `);
        const when = WHEN.format(new Date(viewedAtUs / 1000));
        item.append(element("small", title === artworkId ? when : `${artworkId}, ${when}`));
        return item;
      }));
      this.#next = page.next;
      at("timeline-earlier").hidden = page.next === null;
      const listed = at("timeline-entries").childElementCount;
      at("timeline-message").textContent = listed ? "" : "Nothing is stored of this user.";
    } catch (problem) {
      at("timeline-message").textContent = problem instanceof Error ? problem.message : String(problem);
    }
  }
}
