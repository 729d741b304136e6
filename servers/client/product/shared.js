// What somebody shares: the artworks behind a link, and nothing else. Nothing here is recorded.

import { standalone } from "./pictures.js";
import { drawing, framed } from "../art.js";

/** @typedef {{id: string, title: string, picture?: string}} Artwork */

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

async function load() {
  at("artworks").replaceChildren();
  at("message").textContent = "Loading…";
  const answer = await fetch("/api/shared", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: decodeURIComponent(location.hash.slice(1)) }),
    credentials: "omit",
  });
  if (answer.status === 404) throw new Error("There is no such collection, or it is shared no more.");
  if (!answer.ok) throw new Error(`There is no collection now: status ${answer.status}.`);
  /** @type {Artwork[]} */
  const artworks = (await answer.json()).artworks;
  at("artworks").replaceChildren(...artworks.map(tile));
  at("message").textContent = artworks.length ? "" : "This collection is empty.";
}

/** @param {Artwork} artwork */
function tile({ id, title, picture }) {
  const item = document.createElement("li");
  item.dataset.artwork = id;
  item.innerHTML = framed(picture ?? standalone(drawing(id)));
  const caption = document.createElement("span");
  caption.className = "title";
  caption.textContent = title;
  item.append(caption);
  return item;
}

/** @param {unknown} problem */
function say(problem) {
  at("message").textContent = problem instanceof Error ? problem.message : String(problem);
  document.body.dataset.refused = "true";
}

addEventListener("hashchange", () => void load().catch(say));
load().catch(say);
