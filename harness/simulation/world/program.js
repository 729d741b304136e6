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
  const { names, values } = globalsOf(world);
  const recorder = order(PAGE, all).filter((name) => name !== PAGE);
  const each = keepState(recorder, all);
  if (each) {
    const evaluate = link([...recorder, PAGE], all, names);
    world.evaluate = () => void evaluate({}, ...values);
    return;
  }
  const shared = link(recorder, all, names)({}, ...values);
  const evaluate = link([PAGE], all, names, recorder);
  world.evaluate = () => void evaluate(shared, ...values);
}
