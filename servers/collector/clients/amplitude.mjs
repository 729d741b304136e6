// @amplitude/analytics-browser: batches of events; `insert_id` identifies an event for seven days.
// Unsent events are in localStorage, under one key for all tabs.

export const client = {
  package: "@amplitude/analytics-browser",
  scripts: ["lib/scripts/amplitude-min.umd.js"],
  globals: ["amplitude"],
  endpoint: "/collect/",
  promise: "at-least-once",
  why: "it keeps unsent events in localStorage and tries again at the next start",
  settings: {
    default: {},
    reliable: { transport: { type: "fetch", enableKeepalive: true }, flushOnPagehide: true },
  },
};

export function start({ lib, origin, settings: { flushOnPagehide, ...settings } }) {
  const quiet = { autocapture: false, defaultTracking: false, fetchRemoteConfig: false };
  const url = `${origin}/collect/2/httpapi`;
  lib.init("harness", { ...quiet, serverUrl: url, enableDiagnostics: false, ...settings });
  if (flushOnPagehide) {
    addEventListener("pagehide", () => {
      lib.setTransport("beacon");
      lib.flush();
    });
  }
  return { track: (view) => void lib.track("impression", { view }), flush: () => void lib.flush() };
}

export function read({ body }) {
  return JSON.parse(body)
    .events.filter(({ event_type }) => event_type === "impression")
    .map(({ insert_id, event_properties }) => ({ view: event_properties.view, event: insert_id }));
}

export const answer = (events) => ({
  status: 200,
  body: { code: 200, events_ingested: events, server_upload_time: Date.now() },
});
