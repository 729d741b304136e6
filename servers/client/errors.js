// Reports what costs views to Sentry, or to what speaks its protocol: one envelope a report. No user
// and no artwork is in it. It is off unless the page names a DSN.

/** @typedef {import("./recorder.js").RecorderEvent} RecorderEvent */

/** What is reported; every other event is a part of recording as it should be. */
const LEVELS = new Map([
  ["refused", "error"], // A final answer: these views are given up.
  ["memory_mode", "warning"], // No disk: a tab that dies takes its views with it.
]);
/** A page that fails all the time must not flood. */
const REPORTS_MAX = 10;
/** The name of an error is not its words, which may be anybody's. */
const NAME = /^[A-Za-z]{1,64}$/;

/**
 * Returns what reports the recorder's events; it does nothing without a DSN, or with one that is none: a
 * page records all the same.
 * @param {{dsn: string, release: string}} how
 * @returns {(event: RecorderEvent) => void}
 */
export function errorReports({ dsn, release }) {
  if (!dsn) return () => {};
  const url = envelopeUrl(dsn);
  if (url === null) {
    console.warn("sentry-dsn: not http://KEY@HOST/PROJECT; no errors are reported");
    return () => {};
  }
  let left = REPORTS_MAX;
  return (event) => {
    const level = LEVELS.get(event.type);
    if (!level || left <= 0) return;
    left -= 1;
    const body = envelope(reportOf(event, level, release));
    // Not keepalive: that quota is the recorder's. A report that is lost costs nothing.
    void fetch(url, { method: "POST", body, mode: "no-cors", credentials: "omit" }).catch(() => {});
  };
}

/** @param {string} dsn @returns {string | null} where envelopes go */
function envelopeUrl(dsn) {
  const { protocol, host, username, pathname } = URL.canParse(dsn) ? new URL(dsn) : new URL("none:");
  const at = pathname.lastIndexOf("/");
  const project = pathname.slice(at + 1);
  if (!/^https?:$/.test(protocol) || !username || !/^\d+$/.test(project)) {
    return null;
  }
  const query = new URLSearchParams({ sentry_version: "7", sentry_key: username });
  return `${protocol}//${host}${pathname.slice(0, at)}/api/${project}/envelope/?${query}`;
}

/** @param {RecorderEvent} event @param {string} level @param {string} release */
function reportOf(event, level, release) {
  const { type, status, transport, attempt, artworks, reason } = event;
  const name = String(reason ?? "").split(":")[0];
  const tags = { type, status, transport, reason: NAME.test(name) ? name : undefined };
  return {
    event_id: randomId(),
    timestamp: Date.now() / 1000,
    platform: "javascript",
    logger: "recorder",
    level,
    release: release || undefined,
    message: { formatted: `recorder: ${type}` },
    tags,
    extra: { attempt, views: Array.isArray(artworks) ? artworks.length : undefined },
  };
}

/** Three lines: a header, the item's header, the item. @param {{event_id: string}} report */
function envelope(report) {
  const head = { event_id: report.event_id, sent_at: new Date().toISOString() };
  return [head, { type: "event" }, report].map((line) => JSON.stringify(line)).join("\n") + "\n";
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
