// @plausible-analytics/tracker: a request for each event, which has no id.
// It keeps nothing and tries once, by a fetch with keepalive.

export const client = {
  package: "@plausible-analytics/tracker",
  modules: ["plausible.js"],
  endpoint: "/collect/",
  promise: "at-most-once",
  why: "it keeps nothing and tries once",
  settings: {
    default: { captureOnLocalhost: true },
    untouched: {},
  },
  onlyAskedFor: ["untouched"],
};

export function start({ lib, origin, settings }) {
  const endpoint = `${origin}/collect/event`;
  lib.init({ domain: "harness.test", endpoint, autoCapturePageviews: false, ...settings });
  const track = (view) => lib.track("impression", { props: { view: JSON.stringify(view) } });
  return { track, flush() {} };
}

export function read({ body }) {
  const event = JSON.parse(body);
  return event.n === "impression" ? [{ view: JSON.parse(event.p.view) }] : [];
}

export const answer = () => ({ status: 202, body: "ok" });
