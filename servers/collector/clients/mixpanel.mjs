// mixpanel-browser: batches as a form of base64 or JSON; `$insert_id` identifies an event.
// Unsent events are in localStorage; a batch leaves every 5 s and as the page hides. Its documentation
// recommends no settings against losses. `beacon` is one that is often met in examples: the comments
// on `api_transport` call it "best-effort", without batching and without retries.

export const client = {
  package: "mixpanel-browser",
  scripts: ["dist/mixpanel.umd.js"],
  globals: ["mixpanel"],
  endpoint: "/collect/",
  promise: "at-least-once",
  why: "it keeps unsent events in localStorage and sends them with the next page",
  settings: {
    default: {},
    beacon: { batch_flush_interval_ms: 1000, api_transport: "sendBeacon" },
  },
  onlyAskedFor: ["beacon"],
};

export function start({ lib, origin, settings }) {
  const quiet = { autocapture: false, track_pageview: false, batch_requests: true };
  lib.init("harness", { api_host: `${origin}/collect`, ...quiet, ...settings });
  return { track: (view) => void lib.track("impression", { view }), flush() {} };
}

export function read({ body }) {
  const data = new URLSearchParams(body).get("data") ?? body;
  const json = /^\s*[[{]/.test(data) ? data : Buffer.from(data, "base64").toString("utf8");
  const found = JSON.parse(json);
  return (Array.isArray(found) ? found : [found])
    .filter(({ event }) => event === "impression")
    .map(({ properties }) => ({ view: properties.view, event: properties.$insert_id }));
}

export const answer = () => ({ status: 200, body: { status: 1, error: null } });
