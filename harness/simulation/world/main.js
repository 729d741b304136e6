// Walks walks: reads an order, one JSON text a line, and answers each with lines of JSON.

import { readSync, writeSync } from "node:fs";

import { Backoff } from "./backoff.js";
import { Chance } from "./chance.js";
import { fakeDiskOf } from "./fake_disk.js";
import { onBoth } from "./fidelity.js";
import { Ledger } from "./ledger.js";
import { draw, runnable } from "./model.js";
import { program } from "./program.js";
import { STATES } from "./states.js";
import { begin, run } from "./world.js";

// A page reads no stack of an error, and to write one down takes longer than the rest of its event.
Error.stackTraceLimit = 0;

const world = { hits: 0 };
/** The class of disks that every walk is compared on, null without one. */
let fakeDisk = null;
const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`);

/** Walk one walk; `luck` is a number that changes nothing but the world's chance. */
function walked(walk, ledger = null, backoff = new Backoff()) {
  if (fakeDisk !== null) return onBoth(world, walk, { ledger, backoff, fakeDisk });
  begin(world, walk, { ledger, backoff });
  return run(world, walk);
}

const orders = {
  /** Take the recorder's sources; `indexeddb` is the folder of fake-indexeddb, if it is used. */
  load({ sources, indexeddb = "" }) {
    program(world, sources);
    fakeDisk = indexeddb ? fakeDiskOf(indexeddb) : null;
    return { ok: true };
  },

  /** Walk `count` walks of a seed from number `first` on; say how far it is, then what came of it. */
  many({ seed, first, count, preset, reportMs = 500, keep = 20 }) {
    const backoff = new Backoff();
    world.hits = 0;
    const total = { walks: 0, events: 0, fates: {}, states: {}, failing: [], failed: 0, checks: {} };
    let reportedMs = Date.now();
    for (const state of STATES) total.states[state] = 0;
    for (let number = first; number < first + count; number += 1) {
      const walk = draw(new Chance(`walk ${seed}:${number}`), seed, number, preset);
      const { fates, findings, states } = walked(walk, null, backoff);
      total.walks += 1;
      total.events += world.kernel.count;
      for (const fate in fates) total.fates[fate] = (total.fates[fate] ?? 0) + fates[fate];
      for (const state of states) total.states[state] += 1;
      if (findings.length > 0) {
        total.failed += 1;
        for (const check of new Set(findings.map((one) => one.check))) {
          total.checks[check] ??= { walks: 0, first: number };
          total.checks[check].walks += 1;
        }
        if (total.failing.length < keep) total.failing.push({ walk, findings });
      }
      if (Date.now() - reportedMs >= reportMs) {
        reportedMs = Date.now();
        say({ progress: total.walks });
      }
    }
    return { ...total, backoff: backoff.rows, hits: world.hits };
  },

  /** Draw walks without walking them. */
  draw({ seed, first, count, preset }) {
    return Array.from({ length: count }, (_, n) =>
      draw(new Chance(`walk ${seed}:${first + n}`), seed, first + n, preset),
    );
  },

  /** Walk these steps with each luck until one fails; return what came of the last. */
  walk({ walk, lucks = [0], rows = false }) {
    const steps = runnable(walk.steps);
    let found = null;
    for (const luck of lucks) {
      const ledger = rows ? new Ledger() : null;
      const { fates, findings, states, trace } = walked({ ...walk, steps, luck }, ledger);
      found = { luck, fates, findings, states: [...states], trace, events: world.kernel.count };
      if (ledger) Object.assign(found, { rows: ledger.rows, impressions: world.oracle.named() });
      if (findings.length > 0) break;
    }
    return found;
  },
};

/** Yield the lines of standard input. */
function* lines() {
  const chunk = Buffer.alloc(1 << 16);
  let rest = Buffer.alloc(0);
  for (;;) {
    const size = readSync(0, chunk);
    if (size === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, size)]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
    }
  }
}

// Outside the evaluation of this module, which is itself a microtask.
setImmediate(() => {
  for (const line of lines()) {
    const { order: name, ...rest } = JSON.parse(line);
    try {
      say({ done: orders[name](rest) });
    } catch (error) {
      say({ trouble: String(error) });
    }
  }
});
