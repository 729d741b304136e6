"""Walks on the world's own IndexedDB and on fake-indexeddb: the same to the last event."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.setup import find_part
from harness.simulation.engine import DISKS_AGREE, Engine
from harness.simulation.smallest import smallest
from tests.harness.simulation.recorder import LOSES_THE_REST, SOUND, broken

PACKAGE = find_part("fake-indexeddb")
pytestmark = pytest.mark.skipif(PACKAGE is None, reason="harness setup --only fake-indexeddb")

ANY_USE = """
    const more = db.transaction(STORE, Math.random() < 0.2 ? "readonly" : "readwrite");
    const store = more.objectStore(STORE);
    const row = { owner: `${this.owner}!`, id: "x", tab: "t", seq: 1, subject: "none", attempt: 1,
      artworks: [] };
    const notice = (ms) => setTimeout(() => {}, ms);
    const attempted = (act) => {
      try {
        return act();
      } catch (error) {
        notice(20 + error.name.length);
        return {};
      }
    };
    const heard = (act, next = () => {}) => {
      const request = attempted(act);
      request.onsuccess = () => {
        notice(3);
        next(request.result);
      };
      request.onerror = () => notice(5);
    };
    const abort = () => attempted(() => more.abort());
    const uses = [
      () => heard(() => store.getAll(IDBKeyRange.bound([this.owner], [this.owner, []]))),
      () => heard(() => store.getAllKeys(), abort),
      () => heard(() => store.put(row), (key) => heard(() => store.delete(key), uses[0])),
      () => heard(() => store.put(row), abort),
      () => heard(() => store.clear(), () => heard(() => store.getAll(), abort)),
      abort,
      () => attempted(() => more.commit()),
      () => setTimeout(() => heard(() => store.getAll()), 0),
    ];
    more.oncomplete = () => notice(7);
    more.onabort = () => notice(9);
    for (let n = 0; n < 3; n += 1) uses[Math.floor(Math.random() * uses.length)]();
    action(transaction.objectStore(STORE));
    await done;"""
"""What a page may do with the interface, several uses of a transaction by chance; each event that
the page hears is a timer of another length, so that it shows among the events of the walk."""

ABORT_KEEPS = (
    "FDBTransaction.js",
    "for (const f of this._rollbackLog.reverse()) {",
    "for (const f of []) {",
)
ORDER_OF_KEYS = (
    "lib/ObjectStore.js",
    "      records.push(structuredClone(record.key));",
    "      records.unshift(structuredClone(record.key));",
)
WRITERS_TOGETHER = ("lib/Database.js", "if (anyRunning) {", "if (false) {")
COMMIT_FORGOTTEN = ("FDBTransaction.js", 'this._state = "committing";', "")


def differing(folder: Path, file: str, old: str, new: str) -> Path:
    """Return a copy of the package in which one text is replaced, which must be there once."""
    assert PACKAGE is not None
    shutil.copytree(PACKAGE, folder)
    path = folder / "build" / "cjs" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def both() -> Iterator[Engine]:
    with Engine(SOUND, indexeddb=PACKAGE) as engine:
        yield engine


def test_a_thousand_walks_are_the_same_on_both(both: Engine) -> None:
    part = both.many(seed=3, first=0, count=1_000, preset="durable")
    assert (part["walks"], part["checks"]) == (1_000, {}), part["failing"][:1]


@pytest.mark.nightly
def test_twenty_thousand_walks_are_the_same_on_both(both: Engine) -> None:
    part = both.many(seed=5, first=0, count=20_000, preset="durable")
    assert part["checks"] == {}, part["failing"][:1]


def test_they_are_the_walks_of_the_own_disk(both: Engine) -> None:
    """What is reported are the fates, states and numbers of events of ``harness simulate``."""
    with Engine(SOUND) as own:
        parts = [one.many(seed=4, first=0, count=100, preset="durable") for one in (both, own)]
    assert parts[0] == parts[1]


def test_any_use_of_the_interface_is_the_same_on_both() -> None:
    uses = broken(
        "queue.js", "    action(transaction.objectStore(STORE));\n    await done;", ANY_USE
    )
    with Engine(uses, indexeddb=PACKAGE) as engine:
        part = engine.many(seed=1, first=0, count=300, preset="durable")
    assert DISKS_AGREE not in part["checks"], part["failing"][:1]


@pytest.mark.parametrize("preset", ["durable", "roadmap"])
def test_a_recorder_that_loses_views_loses_them_on_both(preset: str) -> None:
    with Engine(LOSES_THE_REST, indexeddb=PACKAGE) as engine:
        part = engine.many(seed=1, first=0, count=50, preset=preset)
    assert part["checks"].keys() >= {"nothing_lost"}
    assert DISKS_AGREE not in part["checks"]


@pytest.mark.parametrize(
    ("planted", "first", "count"),
    [
        pytest.param(ABORT_KEEPS, 3_352, 1, id="an aborted transaction keeps its writes"),
        pytest.param(ORDER_OF_KEYS, 0, 20, id="keys come in another order"),
        pytest.param(WRITERS_TOGETHER, 0, 20, id="writers do not wait for one another"),
        pytest.param(COMMIT_FORGOTTEN, 0, 20, id="a commit by hand does nothing"),
    ],
)
def test_a_planted_difference_is_found(
    planted: tuple[str, str, str], first: int, count: int, tmp_path: Path
) -> None:
    with Engine(SOUND, indexeddb=differing(tmp_path / "package", *planted)) as engine:
        part = engine.many(seed=1, first=first, count=count, preset="durable")
    assert part["checks"][DISKS_AGREE]["walks"] > 0
    why = [one["why"] for one in part["failing"][0]["findings"] if one["check"] == DISKS_AGREE]
    assert "ours" in why[0]
    assert "on fake-indexeddb" in why[0]


def test_a_walk_that_differs_is_shrunk(tmp_path: Path) -> None:
    with Engine(SOUND, indexeddb=differing(tmp_path / "package", *ORDER_OF_KEYS)) as engine:
        part = engine.many(seed=1, first=0, count=5, preset="durable")
        walk = part["failing"][0]["walk"]
        kept = smallest(engine, walk, [DISKS_AGREE], most=60)
        found = engine.walk(kept, lucks=[kept["luck"]])
    assert len(kept["steps"]) < len(walk["steps"])
    assert DISKS_AGREE in [one["check"] for one in found["findings"]]


def test_a_package_that_throws_is_a_difference(tmp_path: Path) -> None:
    throws = ("FDBTransaction.js", "  _start() {", "  _start() { throw new Error('no disk');")
    with Engine(SOUND, indexeddb=differing(tmp_path / "package", *throws)) as engine:
        part = engine.many(seed=1, first=0, count=3, preset="durable")
    assert part["checks"][DISKS_AGREE]["walks"] == 3


def test_a_folder_without_the_package_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(HarnessError, match="Cannot find module"),
        Engine(SOUND, indexeddb=tmp_path),
    ):
        pass
