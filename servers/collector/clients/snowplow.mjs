// @snowplow/browser-tracker: a self-describing payload of events; `eid` identifies an event.
// Its queue is in localStorage, under one key for all tabs (snowplow-javascript-tracker issue 349).

export const client = {
  package: "@snowplow/browser-tracker",
  scripts: ["dist/index.umd.min.js"],
  globals: ["snowplowBrowserTracking", "snowplow"],
  endpoint: "/com.snowplowanalytics.snowplow/",
  promise: "at-least-once",
  why: "it keeps events in localStorage and sends them until they are accepted",
  settings: {
    default: {},
    reliable: { eventMethod: "post", bufferSize: 1, keepalive: true },
  },
};

export function start({ lib, origin, settings }) {
  lib.newTracker("sp", origin, { appId: "harness", ...settings });
  return {
    track: (view) =>
      lib.trackStructEvent({ category: "impression", action: "seen", label: JSON.stringify(view) }),
    flush: () => lib.flushBuffer({ newBufferSize: settings.bufferSize ?? 1 }),
  };
}

export function read({ body }) {
  return JSON.parse(body)
    .data.filter((event) => event.se_ca === "impression")
    .map((event) => ({ view: JSON.parse(event.se_la), event: event.eid }));
}

export const answer = () => ({ status: 200, body: "ok" });
