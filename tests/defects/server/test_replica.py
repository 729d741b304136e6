"""Defects of a replica: which reads it is given, what its answers are called, who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from defects import registry
from defects.base import HarnessDefect, ServerDefect, Switch, installed
from servers.ingest.config import Config
from servers.ingest.storage.replica import Positions, ReplicaReads
from servers.ingest.storage.store import Store
from servers.topology.scaled.replica import Replica
from tests.seeded.observing import is_of_replica

DEFECTS = {name: one for name, one in registry.all_defects().items() if is_of_replica(name)}


class Connected:
    """A connection and its pool: it has repeated the log as far as the test lets it."""

    def __init__(self) -> None:
        self.repeated = 100
        self.received: list[str] = []

    @asynccontextmanager
    async def connection(self, timeout: float = 0.0) -> AsyncIterator[Connected]:
        yield self

    async def execute(self, query: Any, parameters: Any = None) -> Connected:
        self.received.append(query if isinstance(query, str) else query.decode())
        return self

    async def fetchone(self) -> tuple[int]:
        return (self.repeated,)

    async def fetchall(self) -> list[tuple[int, int]]:
        return [(200, 3)]


def store_of(replica: Any) -> Store:
    made = Store(Config(database="", secret=b"", lifetime=""))
    made.replica = replica
    return made


async def positions() -> Any:
    made = Positions()
    for position in (10, 20):
        made.wrote(["ann"], position)
    return made.of("ann"), made.of("bob")


async def reads() -> Any:
    """Whether the replica answers while it keeps up, and when it no longer does."""
    connected = Connected()
    made = ReplicaReads(connected, lambda: 0.0)  # type: ignore[arg-type]
    made.positions.wrote(["ann"], 50)
    before = await made.read("ann", "SELECT 1", ())
    made.positions.wrote(["ann"], 150)
    return before, await made.read("ann", "SELECT 1", ())


async def answers() -> Any:
    """What is called the source of an answer where the replica cannot."""
    made = store_of(ReplicaReads(Connected(), lambda: 0.0))  # type: ignore[arg-type]
    made.replica.positions.wrote(["ann"], 150)  # type: ignore[union-attr]

    async def read(query: str, parameters: tuple[object, ...]) -> list[tuple[int, int]]:
        return [(200, 3)]

    made._read = read  # type: ignore[assignment, method-assign]
    return await made.freshness("ann")


async def sessions() -> Any:
    connected = Connected()
    await store_of(None)._configure(connected)  # type: ignore[arg-type]
    return connected.received


async def commits() -> Any:
    """Whether a primary is connected to when its replica is to be waited for."""
    asked: list[str] = []

    class Unreachable(Replica):
        def __init__(self) -> None:
            self._primary = self  # type: ignore[assignment]

        def dsn(self, database: str = "postgres", *, role: str = "postgres") -> str:
            asked.append("asked where it listens")
            raise InterruptedError

    try:
        Unreachable().wait_for_it()
    except InterruptedError:
        return asked
    return asked


OBSERVED: dict[str, Callable[[], Awaitable[Any]]] = {
    "lag_ignored": reads,
    "first_write_remembered": positions,
    "sticky_replica": reads,
    "replica_unused": reads,
    "primary_called_replica": answers,
    "replica_not_waited_for": sessions,
    "asynchronous_called_synchronous": commits,
    "first_answer_kept": reads,
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", OBSERVED)
def test_it_changes_what_is_done_and_its_twin_does_not(name: str) -> None:
    defect, found = DEFECTS[name], []
    assert isinstance(defect, HarnessDefect | ServerDefect)
    for switch in (None, Switch(twin=True), Switch(twin=False)):
        with installed(defect.overrides if switch else {}, switch or Switch(twin=True)):
            found.append(asyncio.run(OBSERVED[name]()))  # type: ignore[arg-type]
        assert switch is None or switch.hits, "the switch is not reached"
    sound, twin, defective = found
    assert twin == sound
    assert defective != sound
