// What the signed-in user has seen, by day and session, newest first. A click shows the artwork again
// on the display page, in replay.

import { drawing, framed } from "../art.js";
import { Favourites } from "./favourites.js";
import { Outbox } from "./outbox.js";
import { standalone } from "./pictures.js";
import { offerSharing } from "./sharing.js";

/**
 * @typedef {{artworkId: string, title: string, picture: string | null, viewedAtUs: number,
 *   replayCount: number, lastReplayedAtUs: number | null, favourite: boolean}} Entry
 * @typedef {{before: string, beforeId: string}} Key
 */

const LISTED = "60";
/** Views further apart are of two sessions. */
const SESSION_GAP_US = 30 * 60 * 1_000_000;
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

/** @type {Outbox | null} sends replays that a page of before could not */
let replays = null;
/** @type {Favourites | null} */ let favourites = null;
let entries = 0;
/** @type {Key | null} where the next page begins */
let next = null;
/** @type {{day: string, oldestUs: number, list: HTMLElement, heading: HTMLElement, newest: string,
 *   count: number} | null} the session that the next entry may belong to */
let session = null;

/** @param {Key | null} key */
async function load(key) {
  at("earlier").hidden = true;
  const query = new URLSearchParams({ limit: LISTED, ...key });
  const answer = await fetch(`/api/history?${query}`, { cache: "no-store" });
  if (answer.status === 401) throw new Error("You are not signed in: sign in under “New artworks”.");
  if (!answer.ok) throw new Error(`There is no history now: status ${answer.status}.`);
  /** @type {{userId: string, entries: Entry[], next: Key | null}} */
  const page = await answer.json();
  if (replays === null || favourites === null) {
    const subject = page.userId;
    replays = new Outbox({ queue: "replays", endpoint: "/api/history/replays", subject });
    favourites = new Favourites(subject, tell);
    window.gallery = { favourites };
    void offerSharing(subject, say).catch(say);
  }
  for (const entry of page.entries) place(entry, favourites);
  await favourites.overlay();
  next = page.next;
  at("earlier").hidden = next === null;
  at("message").textContent = session ? "" : "Nothing yet. What you see is listed here.";
}

/** Adds an entry, which is older than all before it. @param {Entry} entry @param {Favourites} hearts */
function place(entry, hearts) {
  const when = new Date(entry.viewedAtUs / 1000);
  const day = DAY.format(when);
  const isNewDay = session?.day !== day;
  if (isNewDay) at("timeline").append(element("h2", day));
  if (!session || isNewDay || session.oldestUs - entry.viewedAtUs > SESSION_GAP_US) {
    const heading = element("h3", "");
    const list = element("ul", "");
    list.className = "tiles";
    at("timeline").append(heading, list);
    session = { day, oldestUs: 0, list, heading, newest: TIME.format(when), count: 0 };
  }
  session.oldestUs = entry.viewedAtUs;
  session.count += 1;
  const from = TIME.format(when);
  const span = from === session.newest ? from : `${from} – ${session.newest}`;
  session.heading.textContent = `${span}, ${session.count} artwork${session.count === 1 ? "" : "s"}`;
  const heart = hearts.heart(entry.artworkId, entry.title, entry.favourite);
  heart.id = `heart-${entries}`;
  session.list.append(tile(entry, when, heart));
}

/** @param {Entry} entry @param {Date} when @param {HTMLElement} heart */
function tile(entry, when, heart) {
  const link = document.createElement("a");
  // The options of the recorder go along: leaving replay, the same page records again.
  const query = new URLSearchParams(location.search);
  query.set("replay", String(entry.viewedAtUs));
  query.set("artwork", entry.artworkId);
  link.href = `/display?${query}`;
  link.id = `entry-${entries}`;
  link.dataset.artwork = entry.artworkId;
  entries += 1;
  link.innerHTML = framed(entry.picture ?? standalone(drawing(entry.artworkId)));
  const title = element("span", entry.title);
  title.className = "title";
  const facts = element("span", `seen ${TIME.format(when)}`);
  facts.className = "facts";
  if (entry.replayCount) facts.textContent += `, replayed ${entry.replayCount} ×`;
  link.append(title, facts);
  const item = document.createElement("li");
  item.append(link, heart);
  return item;
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @param {string} text @param {(() => void) | null} undo */
function tell(text, undo) {
  at("toast-text").textContent = text;
  at("undo").hidden = undo === null;
  at("undo").onclick = undo;
}

/** @param {unknown} problem */
function say(problem) {
  at("message").textContent = problem instanceof Error ? problem.message : String(problem);
}

at("earlier").addEventListener("click", () => void load(next).catch(say));
at("display").setAttribute("href", `/display${location.search}`);
const ready = load(null);
ready.catch(say);
// From the back/forward cache: what was seen and replayed meanwhile is not on it.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
