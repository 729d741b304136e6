// The live feed: a socket that goes on where it was cut, and says what it lost.

import { at, element } from "./parts.js";

/**
 * @typedef {{seq: number, atMs: number, user: string | null, received: number, inserted: number,
 *   status: number, reason: string | null, latencyMs: number | null, artworks: string[]}} Line
 * @typedef {{lifetime: string, seq: number, lost: number | null, lines: Line[]}} Frame
 */

const SHOWN = 100;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const ROLE_OVER = 4401;
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** @type {WebSocket | null} */ let socket = null;
/** @type {{lifetime: string, seq: number} | null} where the next connection goes on */
let place = null;
let waitMs = FIRST_WAIT_MS;
let lost = 0;
let isUnknown = false;
let isPaused = false;
/** @type {number | undefined} */ let timer;

/** @param {string} id */
const text = (id) => /** @type {HTMLInputElement} */ (at(id)).value;

function connect() {
  const query = new URLSearchParams({ user: text("feed-user"), artwork: text("feed-artwork") });
  if (place) {
    query.set("after", String(place.seq));
    query.set("lifetime", place.lifetime);
  }
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/admin/impressions/feed?${query}`);
  mine.binaryType = "arraybuffer";
  socket = mine;
  mine.addEventListener("open", () => say("Connected"));
  mine.addEventListener("message", (event) => {
    if (socket === mine) show(JSON.parse(new TextDecoder().decode(event.data)));
  });
  mine.addEventListener("close", (event) => {
    if (socket !== mine) return;
    socket = null;
    if (event.code === ROLE_OVER) return say("Your role has ended: load the page again to sign in.");
    say("Cut off; connecting again…");
    clearTimeout(timer);
    timer = setTimeout(connect, waitMs * (0.5 + Math.random() / 2));
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  });
}

/** @param {string} sentence */
function say(sentence) {
  at("feed-state").textContent = sentence;
}

/** @param {Frame} frame */
function show(frame) {
  waitMs = FIRST_WAIT_MS;
  place = { lifetime: frame.lifetime, seq: frame.seq };
  if (frame.lost === null) isUnknown = true;
  else lost += frame.lost;
  const least = isUnknown ? "; the server was started anew, and what came meanwhile is not known" : "";
  at("lost").textContent = lost || isUnknown ? `${lost.toLocaleString()} lines were left out${least}` : "";
  if (isPaused || !frame.lines.length) return;
  const body = /** @type {HTMLTableSectionElement} */ (at("feed").querySelector("tbody"));
  body.prepend(...frame.lines.map(row).reverse());
  while (body.childElementCount > SHOWN) body.lastElementChild?.remove();
}

/** @param {Line} line */
function row(line) {
  const made = document.createElement("tr");
  const latency = line.latencyMs === null ? "" : `${line.latencyMs.toFixed(1)} ms`;
  const cells = [
    TIME.format(new Date(line.atMs)), line.user ?? "", String(line.received), String(line.inserted),
    latency, line.reason ?? String(line.status), line.artworks.join(", "),
  ];
  made.append(...cells.map((cell) => element("td", cell)));
  return made;
}

export function startFeed() {
  at("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    at("feed").querySelector("tbody")?.replaceChildren();
    place = null;
    lost = 0;
    isUnknown = false;
    const old = socket;
    socket = null;
    old?.close();
    clearTimeout(timer);
    connect();
  });
  at("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    at("pause").setAttribute("aria-pressed", String(isPaused));
  });
  connect();
}
