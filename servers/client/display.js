// The display page: artworks one after another, a recorder that remembers them, and a panel that
// shows the recorder at work. What a harness may rely on is `window.impressions`.

import { drawing, framed, wall } from "./art.js";
import { errorReports } from "./errors.js";
import { Panel } from "./panel.js";
import { Recorder } from "./recorder.js";
import { configurationOf, fetchServed } from "./served.js";

/**
 * @typedef {import("./recorder.js").RecorderEvent} RecorderEvent
 * @typedef {{id: string, title: string, picture?: string, pictureUrl?: string}} Artwork
 */

const KEPT_EVENTS = 1000;
/** "Recording…" can be read for so long, however soon a view is recorded. */
const TOAST_MS = 800;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {string} name @returns {string} what the page's head says under a name */
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";

const report = errorReports({ dsn: meta("sentry-dsn"), release: meta("release") });

/** What of the query is the page's own; the rest are options of the recorder. */
const query = Object.fromEntries(new URLSearchParams(location.search));
const { view, autoplay, limit, config, replay, artwork, pictures, prefetch, ...texts } = query;
/** @type {RecorderEvent[]} */
const events = [];
/** @type {Artwork[]} */
let artworks = [];
let position = -1;
/** @type {Recorder | undefined} */
let recorder;
/** The number of the last question who is signed in, and of the last one that was answered. */
let asked = 0;
let answered = 0;
/** @type {Panel | undefined} */
let panel;
/** @type {import("./product/replay.js").Replay | null} while there is one, nothing is recorded */
let replaying = null;
/** Whether the page says that it records. */
let hasToast = false;
/** The number of the last toast: an older view must not end it. */
let toasts = 0;

/** Out of band for the harness, never over the network that is measured. @param {RecorderEvent} event */
function onEvent(event) {
  events.push(event);
  if (events.length > KEPT_EVENTS) events.shift();
  if (typeof window.impressionWitness === "function") window.impressionWitness(JSON.stringify(event));
  panel?.update(event);
  report(event);
  if (event.type === "held" && event.status) void checkSession(false);
}

/** Journals the views, then shows the artwork, or several as a wall. @param {string[]} artworkIds */
async function show(...artworkIds) {
  await window.impressions.ready;
  const [first] = artworkIds;
  const alone = artworkIds.length === 1;
  const index = artworks.findIndex(({ id }) => id === first);
  // Before the disk, however slow: after it, a later step's position would be set back.
  if (index >= 0) position = index;
  const linked = alone && artworks[index]?.pictureUrl;
  const image = linked ? await loaded(linked) : null; // What is not there yet is not seen.
  const known = /** @type {Recorder} */ (recorder);
  const recorded = replaying
    ? replaying.shown(artworkIds)
    : Promise.all(artworkIds.map((id) => known.record(id)));
  if (hasToast && !replaying) void toast(recorded);
  await recorded;
  const picture = artworks[index]?.picture;
  at("picture").innerHTML = !alone ? wall(artworkIds) : picture ? framed(picture) : drawing(first);
  if (image) at("picture").replaceChildren(image);
  at("title").textContent = alone ? (artworks[index]?.title ?? first) : `${artworkIds.length} artworks`;
  at("place").textContent = index >= 0 ? `${index + 1} of ${artworks.length}` : "";
  at("message").textContent = "";
  at("artwork").dataset.artwork = first;
  at("artwork").classList.add("shown");
  await painted();
  panel?.update();
}

/** @param {string} url @returns {Promise<HTMLImageElement | null>} a picture, null without one */
async function loaded(url) {
  const image = new Image();
  image.alt = "";
  image.src = url;
  await image.decode().catch(() => {});
  return image.naturalWidth ? image : null;
}

/** Says "Recording…" until that is done, and long enough to be read. @param {Promise<unknown>} recorded */
async function toast(recorded) {
  const number = (toasts += 1);
  at("toast").textContent = "Recording…";
  const read = new Promise((resolve) => setTimeout(resolve, TOAST_MS));
  await Promise.allSettled([recorded, read]);
  if (number === toasts) at("toast").textContent = "";
}

/** The next frame; a page that is not in front paints none. */
function painted() {
  if (document.hidden) return Promise.resolve();
  return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    const done = () => {
      document.removeEventListener("visibilitychange", done); // Or one would stay for every view.
      resolve();
    };
    requestAnimationFrame(done);
    document.addEventListener("visibilitychange", done);
  });
}

/** @param {number} offset */
function step(offset) {
  if (artworks.length === 0 || recorder?.subject == null) return;
  const index = Math.min(Math.max(position + offset, 0), artworks.length - 1);
  if (index === position) return;
  position = index; // At once: two quick key presses are two steps.
  show(artworks[index].id).catch(say);
}

/** @param {unknown} problem */
function say(problem) {
  at("message").textContent = problem instanceof Error ? problem.message : String(problem);
}

/** @returns {Promise<string | null>} who is signed in */
async function sessionUser() {
  const answer = await fetch("/api/session", { cache: "no-store" });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(`The session is unknown: status ${answer.status}`);
  return (await answer.json()).userId;
}

/**
 * Somebody may have signed in or out in another tab.
 * @param {boolean} retryHeld  what was held may be tried again even if no other user signed in
 */
async function checkSession(retryHeld) {
  const number = (asked += 1);
  let user = await sessionUser().catch(() => undefined);
  if (user === undefined || !recorder) return; // No answer says nothing about who is signed in.
  // Answers may overtake each other: an older one says nothing about now.
  if (number < answered) user = recorder.subject;
  else answered = number;
  const retry = retryHeld && recorder.telemetry().held > 0;
  if (user !== recorder.subject || retry) await recorder.setSubject(user);
  if (replaying && user !== replaying.subject) await leaveReplay(); // It is another's history.
  at("sign-in").hidden = user !== null || view === "blank";
}

/** @param {SubmitEvent} event */
async function signIn(event) {
  event.preventDefault();
  const userId = /** @type {HTMLInputElement} */ (at("user-id")).value;
  const answer = await fetch("/api/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ userId }),
  }).catch(() => null);
  at("sign-in-error").textContent = answer?.ok ? "" : "That did not work. Please try again.";
  if (answer?.ok) await checkSession(true);
}

/** Shows again what the user has seen, until that is left. @param {string} subject */
async function startReplay(subject) {
  const { Replay } = await import("./product/replay.js");
  const onLeave = () => void leaveReplay();
  replaying = new Replay({ subject, from: replay, artwork, onLeave });
}

/** From here on, what is shown is recorded again; a reload of the page does not come back. */
async function leaveReplay() {
  replaying?.end();
  replaying = null;
  const left = new URLSearchParams(location.search);
  left.delete("replay");
  left.delete("artwork");
  history.replaceState(null, "", `${location.pathname}?${left}`);
  position = -1;
  await loadArtworks().catch(say);
}

/** Loads what the user may like next into the cache; nothing waits for it. */
async function startPrefetch() {
  const { Prefetch } = await import("./product/prefetch.js");
  window.impressions.prefetch = new Prefetch(Number(prefetch));
  void window.impressions.prefetch.run();
}

async function loadArtworks() {
  if (replaying) {
    artworks = await replaying.artworks();
    step(1);
    return;
  }
  const query = new URLSearchParams({ limit: limit ?? "100", seed: texts.seed ?? "1" });
  if (pictures) query.set("pictures", pictures);
  const answer = await fetch(`/api/artworks?${query}`);
  if (!answer.ok) throw new Error(`There are no artworks: status ${answer.status}`);
  artworks = (await answer.json()).artworks;
  at("message").textContent = "Press → to see the first artwork.";
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || target.closest("input")) return;
  if (event.key === " " && target.closest("button")) return; // Space presses a focused button.
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => step(1),
    " ": () => step(1),
    ArrowLeft: () => step(-1),
    d: () => panel?.toggle(),
  };
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function listen() {
  at("next").addEventListener("click", () => step(1));
  at("previous").addEventListener("click", () => step(-1));
  at("sign-in").addEventListener("submit", (event) => void signIn(/** @type {SubmitEvent} */ (event)));
  addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void checkSession(true);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) void checkSession(true);
  });
}

async function start() {
  if (![undefined, "server"].includes(config)) throw new RangeError(`config: "${config}" is not server`);
  configurationOf(Object.entries(texts), null, null); // A typo is an error before anything is asked.
  const [user, served] = await Promise.all([sessionUser(), config ? fetchServed() : null]);
  const { options, experiments } = configurationOf(Object.entries(texts), served, user);
  recorder = new Recorder({ subject: user, onEvent, options, experiments });
  window.impressions.recorder = recorder;
  hasToast = options.recordingToast;
  panel = new Panel(recorder, options.preset);
  await recorder.ready;
  listen();
  at("sign-in").hidden = user !== null || view === "blank";
  if (view === "blank") {
    document.body.classList.add("blank");
    return;
  }
  if (replay !== undefined && user !== null) await startReplay(user);
  // A caller that names artworks to show() needs no list: a target without one still has a page.
  await loadArtworks().catch(say);
  if (prefetch !== undefined && user !== null) {
    void startPrefetch().catch((problem) => console.warn("nothing is loaded ahead:", problem));
  }
  if (autoplay) setInterval(() => step(1), Math.max(Number(autoplay), 1));
}

const ready = start();
window.impressions = { ready, show, recorder, events };
ready.catch((problem) => {
  document.body.classList.add("broken");
  say(problem);
});
