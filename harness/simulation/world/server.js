// The target: a table with a unique key, sessions, and a receipt for every batch.

const LONGEST_ID_BYTES = 512;
const BODY_BYTES_MAX = 4 * 1024 * 1024;

export class Server {
  /** @type {Map<string, Map<string, {copies: number, viewedMs: number}>>} user → artwork → row */
  rows = new Map();
  receipts = [];
  #kernel;

  constructor(kernel) {
    this.#kernel = kernel;
  }

  /** Process a batch and return status and text of the answer. */
  handle(flight) {
    const { user } = flight;
    if (user === null) return this.#refuse(flight, null, 401, "not_signed_in");
    if (flight.bytes > BODY_BYTES_MAX) return this.#refuse(flight, null, 413, "too_large");
    const { batch } = flight;
    if (batch === null) return this.#refuse(flight, null, 400, "no_json");
    if (batch.subject != null && batch.subject !== user) {
      return this.#refuse(flight, batch, 409, "other_user");
    }
    if (!Array.isArray(batch.artworkIds) || batch.artworkIds.length === 0) {
      return this.#refuse(flight, batch, 422, "no_ids");
    }
    if (!batch.artworkIds.every(isAnId)) return this.#refuse(flight, batch, 422, "bad_id");
    return this.#store(flight, batch);
  }

  /** Write down a receipt of a request that stored nothing. */
  #refuse(flight, batch, status, reason) {
    this.#receive(flight, batch, status, reason, 0, 0);
    return { status, text: JSON.stringify({ error: reason }) };
  }

  #store(flight, batch) {
    const { user } = flight;
    let stored = this.rows.get(user);
    if (!stored) this.rows.set(user, (stored = new Map()));
    let inserted = 0;
    for (const artwork of batch.artworkIds) {
      if (stored.has(artwork)) continue;
      stored.set(artwork, { copies: 1, viewedMs: this.#kernel.nowMs });
      inserted += 1;
    }
    const duplicate = batch.artworkIds.length - inserted;
    this.#receive(flight, batch, 200, null, inserted, duplicate);
    return { status: 200, text: `{"inserted":${inserted},"duplicate":${duplicate}}` };
  }

  #receive(flight, batch, status, reason, inserted, duplicate) {
    this.receipts.push({
      user: flight.user,
      batch: batch?.batchId ?? null,
      tab: batch?.tabId ?? null,
      seq: batch?.seq ?? null,
      attempt: batch?.attempt ?? null,
      transport: batch?.transport ?? null,
      artworks: batch?.artworkIds ?? [],
      status,
      reason,
      inserted,
      duplicate,
      bytes: flight.bytes,
      receivedMs: flight.arrivedMs,
      committedMs: status === 200 ? this.#kernel.nowMs : null,
    });
  }
}

function isAnId(text) {
  if (typeof text !== "string" || text === "" || /\p{Cc}/u.test(text)) return false;
  return text.length <= LONGEST_ID_BYTES / 4 || Buffer.byteLength(text) <= LONGEST_ID_BYTES;
}
