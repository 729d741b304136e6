// The recorder's program, linked once: its modules keep no state of their own, or are evaluated
// anew for every page if they do.

import { globalsOf } from "./globals.js";
import { keepState, link, order } from "./linker.js";

/** Modules that only draw: a page without them records the same. */
const UNSEEN = {
  "art.js": 'export const drawing = () => "";\nexport const wall = () => "";',
  "panel.js": "export class Panel {\n  update() {}\n  toggle() {}\n}",
};
const PAGE = "display.js";

/** Give the world `evaluate()`, which loads the page's script into the page that runs. */
export function program(world, sources) {
  const all = { ...sources, ...UNSEEN };
  const globals = globalsOf(world);
  const recorder = order(PAGE, all).filter((name) => name !== PAGE);
  const each = keepState(recorder, all);
  if (each) {
    const evaluate = link([...recorder, PAGE], all, globals);
    world.evaluate = () => void evaluate({});
    return;
  }
  const shared = link(recorder, all, globals)({});
  const evaluate = link([PAGE], all, globals, recorder);
  world.evaluate = () => void evaluate(shared);
}
