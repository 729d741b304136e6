// Everything that a walk's witnesses see, as rows that Python writes into the files of a run.

/** Keeps the rows of one walk, each with its time in milliseconds of the world. */
export class Ledger {
  rows = [];
  #kernel = null;

  /** Begin with the world of a walk. */
  watch(kernel) {
    this.#kernel = kernel;
  }

  #add(witness, kind, facts) {
    this.rows.push({ witness, kind, ms: this.#kernel.nowMs, ...facts });
  }

  step(step) {
    this.#add("steps", step.name, { step });
  }

  viewer(kind, user, tab, artwork) {
    this.#add("viewer", kind, { user, tab, artwork });
  }

  /** An event of a page's recorder, as it reports it. */
  client(event) {
    this.#add("client", event.type, { event });
  }

  drained(page, isEmpty, ms) {
    const { tabId, subject } = page.impressions.recorder;
    const facts = { user: subject, tab: tabId, withinS: ms / 1000 };
    this.#add("client", "queue", { ...facts, artworks: page.impressions.recorder.pending() });
    this.#add("client", isEmpty ? "drained" : "undrained", facts);
  }

  /** What the harness does with a tab: `tab_opened`, `tab_closed` or `tab_killed`. */
  tab(kind, page) {
    const recorder = page.impressions?.recorder;
    if (recorder) this.#add("client", kind, { user: recorder.subject, tab: recorder.tabId });
  }

  /** The gateway acted on a request. */
  acted(how, { batchId, attempt } = {}) {
    this.#add("network", "acted", { how, batch: batchId, attempt });
  }

  /** The final read of the table, and the receipts of the server. */
  finish(server) {
    for (const receipt of server.receipts) this.#add("server", "batch", { receipt });
    let rows = 0;
    for (const [user, stored] of server.rows) {
      for (const [artwork, { copies, viewedMs }] of stored) {
        this.#add("database", "final_row", { user, artwork, copies, viewedMs });
        rows += copies;
      }
    }
    this.#add("database", "final", { rows });
  }
}
