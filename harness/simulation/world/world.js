// One world: a browser, a line, a server, and what a walk does in it. Its chance comes from the
// walk's seed, number and luck alone, so that the same walk is the same to the last event.

import { Browser } from "./browser.js";
import { Chance } from "./chance.js";
import * as codes from "./codes.js";
import { Disk } from "./disk.js";
import { EPOCH_MS, Kernel } from "./kernel.js";
import { Network } from "./network.js";
import { Oracle } from "./oracle.js";
import { Server } from "./server.js";
import { Walker } from "./walker.js";

/** More events than any walk needs: the recorder does not come to rest. */
const MOST_EVENTS = 50_000;

/** Set the world that the pages' globals act on to a new one, for a walk; `disk` is its class. */
export function begin(world, walk, { ledger = null, backoff, disk = Disk }) {
  const luck = `${walk.seed}:${walk.number}:${walk.luck ?? 0}`;
  const chance = new Chance(`world ${luck}`);
  world.epochMs = EPOCH_MS + chance.below(1000);
  world.tickMs = chance.pick([0.1, 0.1, 1]);
  world.kernel = new Kernel(chance);
  world.server = new Server(world.kernel);
  world.oracle = new Oracle(world.kernel, world.server, ledger, backoff);
  world.oracle.epochMs = world.epochMs;
  ledger?.watch(world.kernel);
  world.network = new Network(world.kernel, chance, world.server, world.epochMs, world.oracle);
  world.Disk = disk;
  world.browser = new Browser(world, chance);
  world.oracle.states.watch(world.browser);
  world.oracle.disk = world.browser.disk;
  world.artworkId = (number) => artworkId(number, walk.pool);
  world.tellOnline = (page) =>
    world.kernel.after(chance.between(0, 5), page, codes.BROWSER_EVENT, () => {
      world.oracle.wentOnline(page);
      page.dispatch(page.windowListeners, { type: "online", isTrusted: true });
    });
}

/** Walk the walk in the world that has begun; return what came of it. */
export function run(world, walk) {
  const { kernel, oracle } = world;
  const steps = new Walker(world, walk).walk();
  let waiting = steps.next();
  let dueMs = awaited(kernel, waiting);
  while (!waiting.done) {
    if (kernel.count > MOST_EVENTS) {
      oracle.endless();
      break;
    }
    // Only scripts, and requests that end, change what a walk waits for.
    const { isSo: isOver } = waiting.value;
    const isSo = kernel.hasRun && isOver !== null && isOver();
    kernel.hasRun = false;
    if (isSo || kernel.nextMs() > dueMs) {
      if (!isSo) {
        kernel.nowMs = Math.max(kernel.nowMs, dueMs);
        if (waiting.value.what) oracle.timedOut(waiting.value.what);
      }
      waiting = steps.next();
      dueMs = awaited(kernel, waiting);
    } else {
      kernel.step();
    }
  }
  const fates = oracle.judge();
  oracle.ledger?.finish(world.server);
  return { fates, findings: oracle.findings, states: oracle.states.seen, trace: kernel.trace };
}

/** Begin a wait; return until when it lasts at most. */
function awaited(kernel, { done, value }) {
  kernel.awaited = done ? null : value.page;
  kernel.hasRun = true;
  return done ? Infinity : kernel.nowMs + value.ms;
}

/** As Walk.artwork of scenarios/concurrency/walk.py has it: a long id is of few, wide characters. */
function artworkId(number, pool) {
  if (pool === "long") return `artwork-${String(number + 1).padStart(4, "0")}-${"ก".repeat(160)}`;
  // In pairs that differ by case alone.
  return `${number % 2 ? "Artwork" : "artwork"}-${String((number >> 1) + 1).padStart(4, "0")}`;
}
