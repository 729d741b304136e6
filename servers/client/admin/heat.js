// Users in a grid, coloured and marked by what they have not seen. It holds what is on the screen and
// no more: a hundred thousand users are a hundred thousand entries of a list, and some dozen elements.

import { at, element, get } from "./parts.js";

/** @typedef {{user: string, viewed: number, unseen: number, band: "green" | "yellow" | "red"}} User */

const LIMIT = 500;
const ROW_PX = 56;
const CELL_PX = 140;
const MARKS = { green: "▲", yellow: "●", red: "▼" };

export class HeatMap {
  #box;
  #open;
  #room = document.createElement("div");
  /** @type {User[]} */ #users = [];
  #isMore = true;
  #isLoading = false;
  #generation = 0;
  #total = 0;
  #start = "";
  #focused = 0;

  /** @param {HTMLElement} box @param {(user: string) => void} open */
  constructor(box, open) {
    this.#box = box;
    this.#open = open;
    this.#room.className = "room";
    this.#room.setAttribute("role", "presentation");
    box.append(this.#room);
    box.addEventListener("scroll", () => this.#draw(), { passive: true });
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => {
      const cell = /** @type {Element} */ (event.target).closest("[data-place]");
      if (cell instanceof HTMLElement) this.#choose(Number(cell.dataset.place));
    });
    new ResizeObserver(() => this.#draw()).observe(box);
  }

  /** @param {number} total users that there are */
  expect(total) {
    this.#total = total;
    this.#say();
  }

  /** Begins the list with the first user at or after ``start``. @param {string} start */
  async from(start) {
    this.#generation += 1;
    this.#users = [];
    this.#isMore = true;
    this.#isLoading = false;
    this.#focused = 0;
    this.#start = start;
    this.#box.scrollTop = 0;
    await this.#load();
  }

  async #load() {
    if (this.#isLoading || !this.#isMore) return;
    this.#isLoading = true;
    const generation = this.#generation;
    const query = new URLSearchParams({ limit: String(LIMIT) });
    const last = this.#users.at(-1);
    if (last) query.set("after", last.user);
    else if (this.#start) query.set("from", this.#start);
    try {
      const page = await get(`/admin/impressions/users?${query}`);
      if (generation !== this.#generation) return;
      this.#users.push(...page.users);
      this.#isMore = page.more;
      this.#isLoading = false;
      this.#draw();
      this.#say();
    } catch (problem) {
      if (generation !== this.#generation) return;
      this.#isLoading = false;
      at("heat-state").textContent = problem instanceof Error ? problem.message : String(problem);
    }
  }

  #say() {
    const listed = this.#users.length.toLocaleString();
    const more = this.#isMore ? "; scroll for more" : "";
    at("heat-state").textContent = `${listed} of ${this.#total.toLocaleString()} users are listed${more}`;
  }

  get #columns() {
    return Math.max(1, Math.floor(this.#box.clientWidth / CELL_PX));
  }

  #draw() {
    const columns = this.#columns;
    const rows = Math.ceil(this.#users.length / columns);
    const height = Math.ceil(this.#box.clientHeight / ROW_PX);
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW_PX) - 2);
    const end = Math.min(rows, first + height + 4);
    const hadFocus = this.#box.contains(document.activeElement) && document.activeElement !== this.#box;
    this.#room.style.height = `${rows * ROW_PX}px`;
    this.#box.setAttribute("aria-rowcount", String(this.#isMore ? -1 : rows));
    this.#box.setAttribute("aria-colcount", String(columns));
    if (this.#focused < first * columns || this.#focused >= end * columns) {
      this.#focused = Math.min(first * columns, Math.max(0, this.#users.length - 1));
    }
    const drawn = Array.from({ length: Math.max(0, end - first) }, (_, offset) => this.#row(first + offset, columns));
    this.#box.replaceChildren(this.#room, ...drawn);
    if (hadFocus) this.#cell(this.#focused)?.focus({ preventScroll: true });
    if ((end + height) * columns >= this.#users.length) void this.#load();
  }

  /** @param {number} number @param {number} columns */
  #row(number, columns) {
    const row = document.createElement("div");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", String(number + 1));
    row.style.top = `${number * ROW_PX}px`;
    const users = this.#users.slice(number * columns, (number + 1) * columns);
    row.append(...users.map((user, column) => {
      const cell = document.createElement("div");
      const place = number * columns + column;
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-colindex", String(column + 1));
      cell.className = user.band;
      cell.style.width = `calc(${100 / columns}% - 4px)`;
      cell.dataset.place = String(place);
      cell.tabIndex = place === this.#focused ? 0 : -1;
      cell.title = user.user;
      const facts = `${MARKS[user.band]} ${user.unseen.toFixed(1)} % unseen`;
      cell.append(element("b", user.user), element("span", facts));
      return cell;
    }));
    return row;
  }

  /** @param {number} place @returns {HTMLElement | null} */
  #cell(place) {
    return this.#box.querySelector(`[data-place="${place}"]`);
  }

  /** @param {number} place */
  #choose(place) {
    const user = this.#users[place];
    if (!user) return;
    this.#move(place);
    this.#open(user.user);
  }

  /** @param {number} place */
  #move(place) {
    this.#focused = Math.max(0, Math.min(place, this.#users.length - 1));
    const top = Math.floor(this.#focused / this.#columns) * ROW_PX;
    const { scrollTop, clientHeight } = this.#box;
    if (top < scrollTop) this.#box.scrollTop = top;
    if (top + ROW_PX > scrollTop + clientHeight) this.#box.scrollTop = top + ROW_PX - clientHeight;
    this.#draw();
    this.#cell(this.#focused)?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const columns = this.#columns;
    const page = columns * Math.max(1, Math.floor(this.#box.clientHeight / ROW_PX));
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns,
      PageUp: -page, PageDown: page, Home: -this.#focused, End: this.#users.length - 1 - this.#focused,
    };
    const step = steps[event.key];
    if (event.key === "Enter" || event.key === " ") this.#choose(this.#focused);
    else if (step !== undefined) this.#move(this.#focused + step);
    else return;
    event.preventDefault();
  }
}
