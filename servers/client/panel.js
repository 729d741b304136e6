// The panel for QA: the recorder's telemetry as it changes. Key D or its button.

/**
 * @typedef {import("./recorder.js").Recorder} Recorder
 * @typedef {import("./recorder.js").RecorderEvent} RecorderEvent
 */

const SHOWN_EVENTS = 12;
const FAILURES = new Set(["unknown", "refused", "beacon_refused", "retry_scheduled", "memory_mode"]);

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Panel {
  /** @type {Recorder} */ #recorder;
  /** @type {string} */ #preset;
  /** @type {RecorderEvent[]} newest first */ #last = [];
  #failing = false;
  #drawing = false;

  /** @param {Recorder} recorder @param {string} preset */
  constructor(recorder, preset) {
    this.#recorder = recorder;
    this.#preset = preset;
    at("debug").addEventListener("click", () => this.toggle());
    at("flush").addEventListener("click", () => void recorder.flush());
    this.update();
  }

  toggle() {
    const hidden = !at("panel").hidden;
    at("panel").hidden = hidden;
    at("debug").setAttribute("aria-expanded", String(!hidden));
    this.update();
  }

  /** Draws at most once a frame, however many events there are. @param {RecorderEvent} [event] */
  update(event) {
    if (event) this.#note(event);
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  /** @param {RecorderEvent} event */
  #note(event) {
    this.#last = [event, ...this.#last].slice(0, SHOWN_EVENTS);
    if (FAILURES.has(event.type)) this.#failing = true;
    if (event.type === "acknowledged") this.#failing = false;
  }

  #draw() {
    const telemetry = this.#recorder.telemetry();
    const waiting = telemetry.queueDepth + telemetry.inFlight > 0;
    at("lamp").className = this.#failing ? "failing" : waiting ? "waiting" : "";
    if (at("panel").hidden) return;
    const { attempts } = telemetry;
    /** @type {Record<string, string | number>} */
    const figures = {
      "Signed in as": this.#recorder.subject ?? "no one",
      Preset: this.#preset,
      Queue: telemetry.journaled ? "on disk" : "in memory",
      "Waiting / in flight": `${telemetry.queueDepth} / ${telemetry.inFlight}`,
      "Held for another user": telemetry.held,
      Recorded: telemetry.recorded,
      "Adopted from dead tabs": telemetry.adopted,
      "Flushes good / failed": `${telemetry.flushSuccess} / ${telemetry.flushFail}`,
      "Artworks flushed": telemetry.totalFlushed,
      "Beacons queued / refused": `${telemetry.beaconQueued} / ${telemetry.beaconRefused}`,
      "Fetch / keepalive": `${attempts.fetch} / ${attempts.keepalive}`,
      "Beacon / synchronous": `${attempts.beacon} / ${attempts.sync}`,
      Retries: telemetry.retries,
      Tab: this.#recorder.tabId.slice(0, 8),
    };
    at("figures").replaceChildren(
      ...Object.entries(figures).flatMap(([name, value]) => [
        element("dt", name),
        element("dd", String(value)),
      ]),
    );
    at("log").replaceChildren(...this.#last.map(line));
  }
}

/** @param {RecorderEvent} event */
function line(event) {
  const { type, transport, status, reason, delayMs, artworks } = event;
  const count = Array.isArray(artworks) ? `${artworks.length} id${artworks.length === 1 ? "" : "s"}` : "";
  const delay = typeof delayMs === "number" ? `in ${(delayMs / 1000).toFixed(1)} s` : "";
  const words = [type, transport, status, count, delay, status ? "" : reason].filter(Boolean);
  const item = element("li", "");
  item.append(element("time", new Date(event.at).toISOString().slice(11, 23)), words.join(" · "));
  return item;
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
