"""The world's own IndexedDB, in one Node.js: what a kill of the browser leaves."""

from __future__ import annotations

import subprocess

from harness.core.environment import child_environment
from harness.simulation.engine import WORLD
from harness.simulation.node import find_node

TWO_WRITERS = """
const [{ Chance }, { Kernel }, { Disk }] = await Promise.all(
  ["chance", "kernel", "disk"].map((name) => import(`WORLD/${name}.js`)),
);
const row = (id) => ({ owner: "tab", id, artworks: [] });
function rowsLeft(number, commitsFirst) {
  const chance = new Chance(`disk ${number}`);
  const kernel = new Kernel(chance);
  const disk = new Disk(kernel, chance, 5, () => {});
  const page = { state: 0, deferred: [] };
  let request;
  kernel.enter(page, () => (request = disk.open("impressions")));
  while (kernel.nextMs() < Infinity) kernel.step();
  kernel.enter(page, () => {
    const [first, second] = ["1", "2"].map((id) => {
      const transaction = request.result.transaction("batches", "readwrite");
      transaction.objectStore("batches").put(row(id));
      return transaction;
    });
    if (commitsFirst) first.commit();
    second.commit();
  });
  disk.browserKilled();
  return disk.rows().map(({ id }) => id);
}
const ids = (commitsFirst) =>
  [...new Set(Array.from({ length: 100 }, (_, n) => rowsLeft(n, commitsFirst)).flat())].sort();
console.log(ids(false).join(), "/", ids(true).join());
"""


def test_a_transaction_that_waited_does_not_survive_the_browser() -> None:
    """One that had its turn and was committed may; the one behind it never."""
    script = TWO_WRITERS.replace("WORLD", WORLD.parent.as_uri())
    done = subprocess.run(
        [find_node(), "--allow-natives-syntax", "--input-type=module", "--eval", script],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split("/") == [" ", " 1\n"], done.stderr
