"""The world's own Web Locks: in which order requests arrive."""

from __future__ import annotations

import subprocess

from harness.core.environment import child_environment
from harness.simulation.engine import WORLD
from harness.simulation.node import find_node

GRANTED = """
const [{ Chance }, { Kernel }, { Locks }] = await Promise.all(
  ["chance", "kernel", "locks"].map((name) => import(`WORLD/${name}.js`)),
);
async function order(number, pages) {
  const chance = new Chance(`locks ${number}`);
  const kernel = new Kernel(chance);
  const locks = new Locks(kernel, chance);
  const granted = [];
  const page = () => ({ state: 0, deferred: [], locks: [], asked: [] });
  const made = Array.from({ length: pages }, page);
  for (const one of ["first", "second"]) {
    const asking = one === "first" ? made[0] : made.at(-1);
    kernel.enter(asking, () => void locks.request("tab", () => void granted.push(one)));
  }
  while (kernel.nextMs() < Infinity) {
    kernel.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return granted.join();
}
const seen = async (pages) => {
  const found = [];
  for (let n = 0; n < 100; n += 1) found.push(await order(n, pages));
  return [...new Set(found)].sort().join(" ");
};
console.log(await seen(1), "/", await seen(2));
"""


def test_one_page_asks_in_order_and_two_in_any() -> None:
    """Web Locks API: what an agent asks for is queued in the order in which it asked."""
    script = GRANTED.replace("WORLD", WORLD.parent.as_uri())
    done = subprocess.run(
        [find_node(), "--allow-natives-syntax", "--input-type=module", "--eval", script],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "first,second / first,second second,first\n", done.stderr
