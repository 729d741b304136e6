"""Defects of shards: where a user's rows and questions go, and what a mover leaves out."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from defects import registry
from defects.base import ServerDefect, Switch, WorkerDefect, installed
from defects.overrides import topology
from defects.server.shards import paused_too_long
from servers.ingest.sharded import shard as shard_module
from servers.ingest.sharded import store as store_module
from servers.ingest.sharded.shard import ShardStore
from servers.ingest.storage.store import Share, Written
from servers.sharding import steps
from tests.seeded.observing import is_of_shards
from tests.servers.ingest.sharded.fakes import Fakes
from tests.servers.ingest.site import make_config

DEFECTS = {name: one for name, one in registry.all_defects().items() if is_of_shards(name)}
USERS = ("ann", "bob", "cid")


class Session:
    """A shard that notes what it is asked."""

    number, upstream = 0, "upstream"

    def __init__(self) -> None:
        self.received: list[str] = []
        self.connection = self
        self.rowcount = 1

    def ask(self, query: str, *parameters: object) -> list[tuple[int]]:
        self.received.append(query)
        return [(len(self.received),)]

    def execute(self, query: Any, parameters: Any = None) -> Session:
        self.received.append(f"{query} {parameters}")
        return self


def hashes(directory: Path) -> Any:
    return [(shard_module.bucket_of(user), store_module.bucket_of(user)) for user in USERS]


def questions(directory: Path) -> Any:
    """How often each shard is asked, and by which way."""
    store = Fakes(directory, 3)
    for user in USERS:
        store.give(store_module.bucket_of(user), 1, "open", 1)
    asked: list[str] = []
    for number, one in enumerate(store.fakes):

        async def ask(query: str, parameters: Any, number: int = number) -> Any:
            asked.append(f"{number}")
            return [(1, 1)]

        one.ask = ask  # type: ignore[method-assign]
    store.owners = {}

    async def refresh() -> None:
        store.owners = store_module.merged({1: [(b, s, e) for b, (s, e) in owned.items()]})

    owned = store.fakes[1].owned
    store.refresh = refresh  # type: ignore[method-assign]
    asyncio.run(store.freshness("ann"))
    return asked, [one.asked for one in store.fakes]


def statements(directory: Path) -> Any:
    """The statement by which a shard stores."""

    async def write() -> str:
        shard = ShardStore(make_config("unused"))
        try:
            await shard._write([Share("ann", ["a"], 1.0)])
        except Exception:  # there is no database
            return shard.insert_sql
        return ""

    return asyncio.run(write())


def moved(directory: Path) -> Any:
    """What is done on both shards by the steps of a move."""
    source: Any = Session()
    target: Any = Session()
    caught: list[str] = []

    def until(is_so: Any, timeout_s: float, fact: str) -> None:
        caught.append(fact)

    kept = steps._until
    steps._until = until
    try:
        steps.pause(source, 4)
        steps.catch_up(source, target)
        steps.leave(source, 4)
        steps.remove_rows(source, [4])
    finally:
        steps._until = kept
    return source.received, len(caught)


def waits(directory: Path) -> Any:
    """Whether it takes longer to catch up than it must."""
    began_s = time.monotonic()
    moved(directory)
    return time.monotonic() - began_s > 0.2


def at_once(directory: Path) -> Any:
    """How many shards are written to at the same time."""
    most = under_way = 0

    class Slow(ShardStore):
        async def _write(self, shares: Sequence[Share]) -> list[Written]:
            nonlocal most, under_way
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)  # noqa: TID251 - lets the other begin
            under_way -= 1
            return []

    async def both() -> None:
        await asyncio.gather(*[Slow(make_config("unused")).write([]) for _ in range(2)])

    asyncio.run(both())
    return most


OBSERVED: dict[str, Callable[[Path], Any]] = {
    "router_hashes_differently": hashes,
    "map_kept_unfenced": statements,
    "freshness_of_one_shard": questions,
    "questions_of_all_shards": questions,
    "switched_too_early": moved,
    "switched_without_pause": moved,
    "old_rows_kept": moved,
    "bucket_of_two_shards": moved,
    "paused_too_long": waits,
    "one_lane_for_all_shards": at_once,
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", OBSERVED)
def test_it_changes_what_is_done_and_its_twin_does_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["server", "--ready-file", "/x/ingest-2-ready.json"])
    monkeypatch.setattr(topology, "MORE_S", 0.01)
    monkeypatch.setattr(paused_too_long, "LONG_S", 0.3)
    defect, found = DEFECTS[name], []
    assert isinstance(defect, ServerDefect | WorkerDefect)
    for switch in (None, Switch(twin=True), Switch(twin=False)):
        with installed(defect.overrides if switch else {}, switch or Switch(twin=True)):
            found.append(OBSERVED[name](tmp_path))
        assert switch is None or switch.hits, "the switch is not reached"
    sound, twin, defective = found
    assert twin == sound
    assert defective != sound
