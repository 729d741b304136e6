// Loads pictures of artworks that the user may like next into the browser's cache, in a bound of bytes,
// and not on a line that is slow or dear. Nothing of it is a view: it knows no recorder.

/** @typedef {{artworkId: string}} Predicted */

/** Below this, what is loaded ahead delays what is wanted now. */
const SLOW_BYTES_PER_S = 100_000;
/** A smaller picture says little of the line. */
const TELLING_BYTES = 10_000;
/** One alone may have shared the line with what is wanted now. */
const SLOW_IN_A_ROW = 2;

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
    let slow = 0;
    for (const { artworkId } of predicted) {
      const loaded = await this.#picture(artworkId);
      if (loaded === null) return "the bytes are used up";
      if (loaded.bytes < TELLING_BYTES) continue;
      slow = loaded.bytes < SLOW_BYTES_PER_S * loaded.seconds ? slow + 1 : 0;
      if (slow === SLOW_IN_A_ROW) return "the line is slow";
    }
    return "all are loaded";
  }

  /**
   * @param {string} artworkId
   * @returns {Promise<{bytes: number, seconds: number} | null>} its bytes and how long they came after
   *   the head of the answer, for a far server is no slow line; null for too many
   */
  async #picture(artworkId) {
    const stop = new AbortController();
    const answer = await fetch(pictureUrl(artworkId), {
      signal: stop.signal,
      .../** @type {RequestInit} */ ({ priority: "low" }),
    });
    if (!answer.ok) return { bytes: 0, seconds: 0 }; // one that the page draws itself
    const length = Number(answer.headers.get("Content-Length"));
    if (!length || this.bytes + length > this.bytesMax) {
      stop.abort();
      return null;
    }
    const began = performance.now();
    const bytes = (await answer.arrayBuffer()).byteLength;
    this.bytes += bytes;
    this.artworks.push(artworkId);
    return { bytes, seconds: (performance.now() - began) / 1000 };
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
