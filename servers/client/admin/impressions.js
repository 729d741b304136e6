// The dashboard: figures from rollups each few seconds, users by what they have not seen, live batches.

import { bars, gauge } from "./chart.js";
import { startFeed } from "./feed.js";
import { HeatMap } from "./heat.js";
import { at, element, get } from "./parts.js";
import { Timeline } from "./timeline.js";

/**
 * @typedef {{since: number, count: number}} Window
 * @typedef {{impressions: Record<string, Window>, hours: {at: number, count: number}[],
 *   thisHour: number, pool: number, users: number, activeUsers: number, unseenShare: number | null,
 *   freshnessTarget: number, alerts: {code: string, users: number, text: string}[]}} Panel
 */

const EVERY_MS = 5_000;
const HOURS = 48;
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const NAMES = { "24h": "Impressions, 24 hours", "7d": "Impressions, 7 days", "30d": "Impressions, 30 days" };

/** @param {number} seconds */
const moment = (seconds) => WHEN.format(new Date(seconds * 1000));

/** @param {string} name @param {string} value @param {string} [note] */
function figure(name, value, note) {
  const made = document.createElement("div");
  const shown = element("dd", value);
  if (note) shown.append(element("small", note));
  made.append(element("dt", name), shown);
  return made;
}

/** @param {Panel} panel */
function show(panel) {
  const windows = Object.entries(NAMES).map(([key, name]) => {
    const { count, since } = /** @type {Window} */ (panel.impressions[key]);
    return figure(name, count.toLocaleString(), `since ${moment(since)}`);
  });
  at("figures").replaceChildren(
    ...windows,
    figure("Active users", panel.activeUsers.toLocaleString(), "more than ten impressions"),
    figure("Users", panel.users.toLocaleString()),
    figure("Artworks in the pool", panel.pool.toLocaleString()),
  );
  at("alerts").replaceChildren(
    ...panel.alerts.map(({ users, text }) => element("li", `${users.toLocaleString()} ${text}`)),
  );
  place("freshness", panel.unseenShare === null ? null : gauge(panel.unseenShare, panel.freshnessTarget));
  const counts = new Map(panel.hours.map((hour) => [hour.at, hour.count]));
  const hours = Array.from({ length: HOURS }, (_, back) => {
    const begin = panel.thisHour - 3600 * (HOURS - 1 - back);
    return { label: moment(begin), count: counts.get(begin) ?? 0 };
  });
  place("hours", bars(hours));
  at("hours-table").replaceChildren(...hours.reverse().map(({ label, count }) => {
    const row = document.createElement("tr");
    const head = element("th", label);
    head.setAttribute("scope", "row");
    row.append(head, element("td", count.toLocaleString()));
    return row;
  }));
  heat.expect(panel.users);
  at("message").textContent = `As of ${new Date().toLocaleTimeString()}`;
}

/** @param {string} id @param {Element | null} made */
function place(id, made) {
  at(id).querySelector(":scope > :not(figcaption)")?.remove();
  at(id).append(made ?? element("p", "No user is active yet."));
}

async function refresh() {
  try {
    if (!document.hidden) show(await get("/admin/impressions/figures"));
  } catch (problem) {
    at("message").textContent = problem instanceof Error ? problem.message : String(problem);
  }
  setTimeout(() => void refresh(), EVERY_MS);
}

const timeline = new Timeline();
const heat = new HeatMap(at("heat"), (user) => void timeline.open(user));
at("find").addEventListener("submit", (event) => {
  event.preventDefault();
  void heat.from(/** @type {HTMLInputElement} */ (at("find-user")).value);
});
void refresh();
void heat.from("");
startFeed();
