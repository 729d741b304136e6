// posthog-js: batches of events, gzipped or as a form; `uuid` identifies an event.
// Retries from memory; what a closed page still held is gone (PostHog/posthog-js issue 1583). Its
// documentation recommends no settings against losses beyond those that it comes with.

export const client = {
  package: "posthog-js",
  scripts: ["dist/array.no-external.js", "dist/array.js"],
  globals: ["posthog"],
  endpoint: "/collect/",
  promise: "at-most-once",
  why: "its queue lives in memory alone; events sent again bear the same uuid, which is stored once",
  settings: {
    default: { opt_out_useragent_filter: true },
    untouched: {},
  },
  onlyAskedFor: ["untouched"],
};

export function start({ lib, origin, settings }) {
  lib.init("phc_harness", {
    api_host: `${origin}/collect`,
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
    disable_session_recording: true,
    disable_surveys: true,
    advanced_disable_flags: true,
    advanced_disable_decide: true,
    disable_external_dependency_loading: true,
    ...settings,
  });
  return { track: (view) => void lib.capture("impression", { view }), flush() {} };
}

export function read({ body, query }) {
  const form = new URLSearchParams(body).get("data");
  const json = query.compression === "base64" || form ? Buffer.from(form, "base64").toString() : body;
  const found = JSON.parse(json);
  const events = Array.isArray(found) ? found : (found.batch ?? [found]);
  return events
    .filter(({ event }) => event === "impression")
    .map(({ uuid, properties }) => ({ view: properties.view, event: uuid }));
}

export const answer = () => ({ status: 200, body: { status: "Ok" } });
