// Records which artworks were on the screen and sends them in batches.
//
// Each view that is not known to be stored is a key of its own in localStorage, so that two tabs
// never overwrite one another's. A batch is sent 300 ms after a view, again after a failure, and by
// a beacon when the page is hidden; its keys go when the server has answered that it has them. What
// a page leaves behind the next one sends. The server stores a view once, however often it comes.

const FLUSH_AFTER_MS = 300;
const RETRY_BASE_MS = 1000;
const RETRY_MOST_MS = 30_000;
const BATCH_MOST = 100;
const KEEPALIVE_BYTES = 60_000; // browsers refuse more than 64 KiB in all
const PREFIX = "view:";

let user = null;
let timer = null;
let failures = 0;
let isSending = false;

export const counts = { flushes: 0, succeeded: 0, failed: 0, beacons: 0 };

const prefixOf = (name) => `${PREFIX}${encodeURIComponent(name)}:`;

/** Return the ids of this visitor's views that are not known to be stored. */
export function pending() {
  if (user === null) return [];
  const prefix = prefixOf(user);
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

/** Begin to record for the visitor who is signed in; send what an earlier page left. */
export async function start() {
  const answer = await fetch("/session", { cache: "no-store" });
  user = answer.ok ? (await answer.json()).user : null;
  schedule(0);
  return user;
}

export const owner = () => user;

/** Record that an artwork was seen. */
export function track(id) {
  if (user === null) return;
  localStorage.setItem(prefixOf(user) + id, "");
  schedule(FLUSH_AFTER_MS);
}

function schedule(delayMs) {
  if (timer === null) timer = setTimeout(flush, delayMs);
}

const bodyOf = (ids) => JSON.stringify({ userId: user, artworkIds: ids });

/** Send one batch now; the next one, or a retry, follows by itself. */
export async function flush() {
  clearTimeout(timer);
  timer = null;
  const ids = pending().slice(0, BATCH_MOST);
  if (isSending || ids.length === 0) return;
  isSending = true;
  counts.flushes += 1;
  const prefix = prefixOf(user); // another visitor may sign in meanwhile
  const body = bodyOf(ids);
  let status = 0;
  try {
    const answer = await fetch("/api/impressions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      keepalive: new Blob([body]).size < KEEPALIVE_BYTES,
    });
    await answer.arrayBuffer();
    status = answer.status;
  } catch {
    // No answer: it may be stored or not; it is sent again.
  }
  isSending = false;
  if (status === 200 || status === 422) {
    // 422: the server will never take it.
    for (const id of ids) localStorage.removeItem(prefix + id);
    counts[status === 200 ? "succeeded" : "failed"] += 1;
    failures = 0;
    if (pending().length > 0) schedule(0);
  } else {
    counts.failed += 1;
    failures += 1;
    schedule(Math.min(RETRY_BASE_MS * 2 ** (failures - 1), RETRY_MOST_MS));
  }
}

function leave() {
  const ids = pending().slice(0, BATCH_MOST);
  if (ids.length === 0) return;
  counts.beacons += 1;
  const body = new Blob([bodyOf(ids)], { type: "application/json" });
  if (!navigator.sendBeacon("/api/impressions", body)) flush();
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") leave();
  else start();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => {
  if (event.persisted) start();
});
addEventListener("online", () => {
  failures = 0;
  flush();
});
