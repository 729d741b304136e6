"""Defects of a message queue: what is published, acknowledged and stored, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from defects import registry
from defects.base import ServerDefect, Switch, WorkerDefect, installed
from servers.ingest.board import Board
from servers.ingest.config import Config
from servers.ingest.instant import now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.storage.store import Share, Store, Written
from servers.queue import publisher
from servers.queue.layout import declare
from servers.queue.message import encoded, queued
from servers.queue.publisher import Publisher
from servers.queue.worker import QueueWorkers
from tests.seeded.observing import is_of_queue
from tests.servers.queue.fakes import FakeChannel, FakeExchange, FakeMessage

DEFECTS = {name: one for name, one in registry.all_defects().items() if is_of_queue(name)}
BATCH = encoded(queued("ann", ["a"], Receipt(1, "batch", "l", batch="x", attempt=1)))


class SlowExchange(FakeExchange):
    """Confirms a message when it is asked to."""

    def __init__(self, story: list[str]) -> None:
        super().__init__()
        self.story = story
        self.confirms = asyncio.Event()

    async def publish(self, message: Any, key: str, *, mandatory: bool) -> None:
        await super().publish(message, key, mandatory=mandatory)
        await self.confirms.wait()
        self.story.append(f"confirmed {key}")


async def refused(url: str) -> Any:
    raise ConnectionRefusedError(url)


async def published(directory: Path) -> Any:
    """Publish twelve batches, of which the broker confirms none before the last is published."""
    receipts = Receipts(directory / "r", "l")
    made: Any = Publisher("amqp://x", receipts, Metrics(Board(), None), length_max=9)
    story: list[str] = []
    for _ in range(5):
        await asyncio.sleep(0)  # noqa: TID251 - lets it try once to connect
    made._exchange = exchange = SlowExchange(story)
    for number in range(12):
        receipt = receipts.begin(now())
        receipt.batch, receipt.attempt = f"b{number}", 1
        made.submit("ann", ["a"], receipt, lambda refusal: story.append("answered"))
    for _ in range(20):
        await asyncio.sleep(0)  # noqa: TID251 - lets each get as far as it gets
    exchange.confirms.set()
    await made.close()
    return story[:1], sorted(story)


async def declared(directory: Path) -> Any:
    channel: Any = FakeChannel()
    await declare(channel, length_max=7)
    return channel.declared


def workers_on(store: Any, directory: Path) -> QueueWorkers:
    return QueueWorkers(
        "amqp://x", store, lambda: Receipts(directory / "r", "w"), count=1, prefetch=1
    )


class NotingStore:
    """Notes when something is stored."""

    def __init__(self, story: list[str]) -> None:
        self.story = story

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self.story.append("stored")
        return [Written(1, 0)]


async def taken(directory: Path) -> Any:
    """Subscribe, then take batches and what is none."""
    story: list[str] = []
    workers: Any = workers_on(NotingStore(story), directory)

    async def consume(take: Any, *, no_ack: bool) -> None:
        story.append(f"no_ack={no_ack}")

    await workers.subscribe(SimpleNamespace(consume=consume), None)
    for body in (*[BATCH] * 10, b"no batch"):
        message: Any = FakeMessage(body)
        message.outcome = story
        await workers.handle(message)
    return story


class FakeConnection:
    """Writes down its statements, and may be broken."""

    def __init__(self, statements: list[str], error: Exception | None) -> None:
        self._statements = statements
        self._error = error

    async def execute(self, statement: bytes, *more: Any, **options: Any) -> Any:
        if self._error:
            raise self._error
        self._statements.append(" ".join(statement.decode().split())[:30])

        async def fetchall() -> list[Any]:
            return []

        return SimpleNamespace(fetchall=fetchall)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield


async def _written(error: Exception | None) -> Any:
    statements: list[str] = []

    @asynccontextmanager
    async def connection() -> AsyncIterator[FakeConnection]:
        yield FakeConnection(statements, error)

    store: Any = Store(Config(database="", secret=b"", lifetime=""))
    store._writing = SimpleNamespace(connection=connection)
    await store.prepare(store._writing)
    try:
        return await store.write([Share("ann", ["a", "b"], 1.0)]), statements
    except psycopg.Error as failed:
        return str(failed)


async def written(directory: Path) -> Any:
    return await _written(None)


async def written_in_vain(directory: Path) -> Any:
    return await _written(psycopg.OperationalError("gone"))


OBSERVED: dict[str, Callable[[Path], Awaitable[Any]]] = {
    "acked_before_confirm": published,
    "confirm_not_awaited": published,
    "binding_missing": published,
    "never_published": published,
    "queue_in_memory": declared,
    "acknowledged_at_once": taken,
    "acked_before_stored": taken,
    "poison_swallowed": taken,
    "poison_kept": taken,
    "taken_for_known": taken,
    "stored_at_every_delivery": written,
    "database_error_swallowed": written_in_vain,
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.asyncio
@pytest.mark.parametrize("name", OBSERVED)
async def test_it_changes_what_happens_and_its_twin_does_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "connected", refused)
    defect, found = DEFECTS[name], []
    assert isinstance(defect, ServerDefect | WorkerDefect)
    for number, switch in enumerate((None, Switch(twin=True), Switch(twin=False))):
        directory = tmp_path / str(number)
        directory.mkdir()
        with installed(defect.overrides if switch else {}, switch or Switch(twin=True)):
            found.append(await OBSERVED[name](directory))
        assert switch is None or switch.hits, "the switch is not reached"
    sound, twin, defective = found
    assert twin == sound
    assert defective != sound
