// The pauses between retries, of all walks together: chance decides each of them, so that only many
// show whether they double, and whether they are drawn from the whole delay.

/** A retry's number in a row counts up to here; the rest count as this. */
const DEEPEST = 6;

export class Backoff {
  /** For each retry in a row: how many, and the sum of their shares of the longest pause. */
  rows = Array.from({ length: DEEPEST + 1 }, () => ({ count: 0, sum: 0, squares: 0, over: 0 }));
  #baseMs = 200;
  #capMs = 1000;

  /** A retry was planned; `isAsked`: the server set its time. */
  planned(page, number, delayMs, isAsked) {
    if (isAsked) return;
    const share = delayMs / Math.min(this.#capMs, this.#baseMs * 2 ** number);
    const row = this.rows[Math.min(number, DEEPEST)];
    row.count += 1;
    row.sum += share;
    row.squares += share * share;
    if (share > 1 + 1e-9) row.over += 1;
  }
}
