"""One process walks walks, the same each time, and says clearly what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.core.errors import HarnessError
from harness.simulation.engine import Engine
from tests.harness.simulation.recorder import LOSES_THE_REST, SOUND, broken

VIEWED = {
    "seed": 1,
    "number": 0,
    "options": {"preset": "durable", "flushDelayMs": "100"},
    "steps": [{"name": "open", "tab": 0}, {"name": "view", "tab": 0, "artworks": [1, 2]}],
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(SOUND) as engine:
        yield engine


def test_a_visit_is_recorded_once(engine: Engine) -> None:
    found = engine.walk(VIEWED)
    assert (found["fates"], found["findings"]) == ({"recorded_once": 2}, [])


def test_each_walk_is_the_same_to_the_last_event(engine: Engine) -> None:
    walks = engine.draw(seed=3, first=0, count=150, preset="durable")
    traces = [engine.walk(walk)["trace"] for walk in walks]
    with Engine(SOUND) as other:
        assert [other.walk(walk)["trace"] for walk in reversed(walks)] == traces[::-1]
    assert len(set(traces)) == len(traces)


def test_luck_changes_the_world_and_not_the_walk(engine: Engine) -> None:
    traces = {engine.walk(VIEWED, lucks=[luck])["trace"] for luck in range(5)}
    assert len(traces) == 5


def test_chance_from_outside_shows_up(engine: Engine) -> None:
    """What differs between two processes changes the trace of a walk."""
    leaking = broken(
        "options.js", "if (seed === null) return Math.random;", "return (0, eval)('Math').random;"
    )
    walk = engine.draw(seed=1, first=1, count=1, preset="durable")[0]
    faulty = {**walk, "steps": [{"name": "fault", "how": "503", "count": 8}, *walk["steps"]]}
    traces = set()
    for _ in range(2):
        with Engine(leaking) as other:
            traces.add(other.walk(faulty)["trace"])
    assert len(traces) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('at("title").textContent =', "at('title').lacks.textContent ="),
        ("async function start() {", "async function start() { at('title').lacks.value = '';"),
    ],
    ids=["as it shows", "as it starts"],
)
def test_a_page_that_uses_what_the_world_lacks_proves_nothing(old: str, new: str) -> None:
    """It would show nothing, and what is never shown cannot be lost."""
    lacking = broken("display.js", old, new)
    with Engine(lacking) as other, pytest.raises(HarnessError, match="cannot walk: TypeError"):
        other.walk(VIEWED)


def test_modules_with_state_are_evaluated_for_each_page(engine: Engine) -> None:
    stateful = broken("queue.js", 'const STORE = "batches";', 'let STORE = "batches";')
    walks = engine.draw(seed=5, first=0, count=20, preset="durable")
    with Engine(stateful) as other:
        for walk in walks:
            assert other.walk(walk)["trace"] == engine.walk(walk)["trace"]


@pytest.mark.parametrize("name", ["setTimeout", "fetch", "process", "globalThis", "Buffer"])
def test_a_page_reaches_nothing_of_the_process(name: str) -> None:
    probe = f"if (typeof {name} !== 'undefined' && {name} === (0, eval)('{name}')) throw 1;"
    sources = broken("display.js", "async function start() {", f"async function start() {{ {probe}")
    with Engine(sources) as other:
        assert other.walk(VIEWED)["findings"] == []


def test_a_recorder_that_writes_nothing_loses_views() -> None:
    with Engine(LOSES_THE_REST) as engine:
        part = engine.many(seed=1, first=0, count=100, preset="durable")
    assert part["checks"]["nothing_lost"]["walks"] > 0


def test_the_roadmap_is_known_to_lose_views(engine: Engine) -> None:
    part = engine.many(seed=1, first=0, count=100, preset="roadmap")
    assert part["fates"]["lost_unacked"] > 0


def test_scripts_that_do_not_parse_are_an_error() -> None:
    with pytest.raises(HarnessError, match="SyntaxError"), Engine({**SOUND, "queue.js": "}"}):
        pass


def test_an_import_that_does_not_exist_is_an_error() -> None:
    sources = {name: text for name, text in SOUND.items() if name != "queue.js"}
    with pytest.raises(HarnessError, match=r"no module queue\.js"), Engine(sources):
        pass
