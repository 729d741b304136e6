// The display page of a foreign recorder: shows an artwork and has the recorder track the view.
// What a harness may rely on is `window.trial`.

import * as adapter from "/client/adapter.mjs";
import { numberRequests } from "/client/numbered.mjs";

const facts = JSON.parse(document.getElementById("facts").textContent);
const query = new URLSearchParams(location.search);
const [, user = ""] = document.cookie.match(/(?:^|; )visitor=([^;]*)/) ?? [];
/** New with every load, as is a tab of the harness. */
const tabId = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("-");
let views = 0;
let recorder;

/** Loads the client's own file and returns what it offers. */
async function load() {
  if (facts.module) return import(`/client/package/${facts.module}`);
  if (!facts.script) return undefined;
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `/client/package/${facts.script}`;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${facts.script} does not load`)));
    document.head.append(script);
  });
  return facts.globals.map((name) => window[name]).find((found) => found !== undefined);
}

async function start() {
  numberRequests(window, { endpoint: facts.endpoint, name: facts.number, owner: tabId });
  const settings = facts.settings[query.get("preset") ?? "default"] ?? {};
  const lib = await load();
  recorder = await adapter.start({ lib, origin: location.origin, user, settings });
  if (query.get("view") === "blank") recorder.flush(); // A visitor who returns: send what is left.
}

/** The next frame; a page that is not in front paints none. */
function painted() {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
    document.addEventListener("visibilitychange", resolve, { once: true });
  });
}

async function show(...artworks) {
  await window.trial.ready;
  for (const artwork of artworks) {
    views += 1;
    const number = `${tabId}/${views}`;
    recorder.track({ artwork, user: decodeURIComponent(user), tab: tabId, number });
  }
  document.getElementById("title").textContent = artworks.slice(0, 3).join(", ");
  await painted();
}

window.trial = { ready: start(), show, tabId, flush: () => void recorder?.flush() };
window.trial.ready.catch((problem) => {
  document.getElementById("message").textContent = String(problem);
});
