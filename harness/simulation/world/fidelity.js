// One walk on both disks: what came of it on fake-indexeddb, and where the two part.

import { Backoff } from "./backoff.js";
import * as codes from "./codes.js";
import { Disk } from "./disk.js";
import { begin, run } from "./world.js";

const NAMES = new Map(Object.entries(codes).map(([name, code]) => [code, name.toLowerCase()]));
const LONGEST_TEXT = 240;

/** Walk on the fake disk and on our own; return what came of the former. */
export function onBoth(world, walk, { ledger, backoff, fakeDisk }) {
  const { hits } = world;
  const own = walked(world, walk, { backoff: new Backoff(), disk: Disk });
  world.hits = hits;
  const fake = walked(world, walk, { ledger, backoff, disk: fakeDisk });
  if (own.parts.trouble && fake.parts.trouble) throw new Error(fake.parts.trouble);
  if (own.text === fake.text) return fake.found;
  const why = parting(world, walk, fakeDisk) ?? differing(own, fake);
  return { ...fake.found, findings: [...fake.found.findings, { check: "disks_agree", why }] };
}

/** Walk it; return what came of it, and all of that as one text. */
function walked(world, walk, witnesses, log = null) {
  begin(world, walk, witnesses);
  const { kernel, browser, oracle } = world;
  browser.disk.onFound = (found) => {
    if (!Array.isArray(found)) return;
    const text = JSON.stringify(found);
    for (let i = 0; i < text.length; i += 1) kernel.note(text.charCodeAt(i));
    log?.push(`${kernel.nowMs.toFixed(3)} ms: a request finds ${text}`);
  };
  if (log !== null) write(kernel, log);
  let found;
  let trouble = "";
  try {
    found = run(world, walk);
  } catch (error) {
    // What one disk throws and the other does not is a difference; what both throw fails the order.
    trouble = String(error);
    found = { fates: {}, findings: oracle.findings, states: oracle.states.seen, trace: kernel.trace };
  }
  const rows = browser.disk.rows().map((row) => JSON.stringify(row)).sort();
  const { fates, findings, trace } = found;
  const parts = { trouble, rows, fates, findings, states: [...found.states].sort(), trace };
  return { found, parts, text: JSON.stringify(parts) };
}

/** Write every event down that runs in a page or outside, with its time. */
function write(kernel, log) {
  const { step, note } = kernel;
  let isCode = false;
  kernel.step = () => {
    isCode = true;
    step.call(kernel);
  };
  kernel.note = (number) => {
    if (isCode) log.push(`${kernel.nowMs.toFixed(3)} ms: ${NAMES.get(number)}`);
    isCode = false;
    note.call(kernel, number);
  };
}

/** Walk on both again, event by event; return the first that differs. */
function parting(world, walk, fakeDisk) {
  const { hits } = world;
  const [ours, its] = [Disk, fakeDisk].map((disk) => {
    const log = [];
    walked(world, walk, { backoff: new Backoff(), disk }, log);
    return log;
  });
  world.hits = hits;
  const place = ours.findIndex((one, at) => one !== its[at]);
  if (place < 0 && ours.length === its.length) return null;
  const at = place < 0 ? ours.length : place;
  return `event ${at + 1}: ${beside(ours[at] ?? "none", its[at] ?? "none")}`;
}

/** Return both texts, each from a little before the place where they part. */
function beside(ours, its) {
  let place = 0;
  while (place < ours.length && ours[place] === its[place]) place += 1;
  const from = place < LONGEST_TEXT / 2 ? 0 : place - LONGEST_TEXT / 2;
  const [one, other] = [ours, its].map((text) => {
    const part = text.slice(from, from + LONGEST_TEXT);
    return (from > 0 ? "…" : "") + part + (from + LONGEST_TEXT < text.length ? "…" : "");
  });
  return `ours ${one}; on fake-indexeddb ${other}`;
}

/** All events are the same: say what is not. */
function differing(own, fake) {
  const texts = (parts, name) => JSON.stringify(parts[name]);
  for (const name in own.parts) {
    const [ours, its] = [own.parts, fake.parts].map((parts) => texts(parts, name));
    if (ours !== its) return `${name}: ${beside(ours, its)}`;
  }
  return "";
}
