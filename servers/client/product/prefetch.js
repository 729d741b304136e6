// Loads pictures of artworks that the user may like next into the browser's cache, in a bound of bytes,
// and not on a line that is slow or dear. Nothing of it is a view: it knows no recorder.

/** @typedef {{artworkId: string}} Predicted */

/** Below this, what is loaded ahead delays what is wanted now. */
const SLOW_BYTES_PER_S = 100_000;
/** A smaller picture says little of the line. */
const TELLING_BYTES = 10_000;

/** @param {string} artworkId @returns {string} */
export const pictureUrl = (artworkId) => `/api/pictures?id=${encodeURIComponent(artworkId)}`;

export class Prefetch {
  /** Bytes of pictures that were loaded. */
  bytes = 0;
  /** @type {string[]} artworks whose pictures are in the cache */
  artworks = [];
  /** Why nothing more is loaded, empty while something is. */
  ended = "";

  /** @param {number} bytesMax */
  constructor(bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Loads until the predictions or the bytes end; it never throws. */
  async run() {
    try {
      this.ended = offBecause() || (await this.#load());
    } catch (problem) {
      this.ended = problem instanceof Error ? problem.message : String(problem);
    }
  }

  async #load() {
    const answer = await fetch("/api/predictions?pictures=linked", { cache: "no-store" });
    if (!answer.ok) return `no predictions: status ${answer.status}`;
    /** @type {Predicted[]} */
    const predicted = (await answer.json()).artworks;
    for (const { artworkId } of predicted) {
      const began = performance.now();
      const loaded = await this.#picture(artworkId);
      if (loaded === null) return "the bytes are used up";
      const perSecond = loaded / Math.max(0.001, (performance.now() - began) / 1000);
      if (loaded >= TELLING_BYTES && perSecond < SLOW_BYTES_PER_S) return "the line is slow";
    }
    return "all are loaded";
  }

  /** @param {string} artworkId @returns {Promise<number | null>} its bytes, null for too many */
  async #picture(artworkId) {
    const stop = new AbortController();
    const answer = await fetch(pictureUrl(artworkId), {
      signal: stop.signal,
      .../** @type {RequestInit} */ ({ priority: "low" }),
    });
    if (!answer.ok) return 0; // one that the page draws itself
    const length = Number(answer.headers.get("Content-Length"));
    if (!length || this.bytes + length > this.bytesMax) {
      stop.abort();
      return null;
    }
    const loaded = (await answer.arrayBuffer()).byteLength;
    this.bytes += loaded;
    this.artworks.push(artworkId);
    return loaded;
  }
}

/** @returns {string} why nothing is loaded ahead on this line, empty where it may be */
function offBecause() {
  /** @type {{saveData?: boolean, effectiveType?: string} | undefined} Chromium alone has it */
  const line = /** @type {any} */ (navigator).connection;
  if (line?.saveData) return "the user saves data";
  if (line?.effectiveType && line.effectiveType !== "4g") return `the line is ${line.effectiveType}`;
  return "";
}
