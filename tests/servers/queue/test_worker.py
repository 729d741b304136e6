"""A worker acknowledges what is stored, waits for a database, gives back what it cannot store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import psycopg
import psycopg_pool
import pytest

from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.storage.store import Share, Store, Written
from servers.queue import worker as module
from servers.queue.message import encoded, queued
from servers.queue.worker import QueueWorkers
from tests.servers.queue.fakes import FakeMessage

pytestmark = pytest.mark.asyncio
BATCH = queued("ann", ["a", "b"], Receipt(1, "batch", "l", batch="x", attempt=1))


class FakeStore:
    """Answers each write as it is asked to."""

    def __init__(self, *answers: Written | BaseException) -> None:
        self.answers = list(answers)
        self.written: list[Share] = []

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self.written += shares
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return [answer]


def workers_on(store: FakeStore, tmp_path: Path) -> QueueWorkers:
    return QueueWorkers(
        "amqp://x",
        cast(Store, store),
        lambda: Receipts(tmp_path / "r", "w"),
        count=1,
        prefetch=1,
    )


async def handled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, *answers: Written | BaseException
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return what became of a message, and the receipts."""
    monkeypatch.setattr(module, "DATABASE_RETRY_S", 0.0)
    message = FakeMessage(body)
    await workers_on(FakeStore(*answers), tmp_path).handle(cast(Any, message))
    lines = [json.loads(line) for line in (tmp_path / "r").read_text().splitlines()]
    return message.outcome, lines


async def test_what_is_stored_has_a_receipt_and_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, [receipt] = await handled(tmp_path, monkeypatch, encoded(BATCH), Written(1, 1))
    assert outcome == ["ack"]
    assert (receipt["status"], receipt["inserted"], receipt["duplicate"]) == (202, 1, 1)
    assert (receipt["batch"], receipt["attempt"], receipt["lifetime"]) == ("x", 1, "w")
    assert receipt["committed_mono_ns"] >= receipt["received_mono_ns"]


@pytest.mark.parametrize(
    ("away", "unclear"),
    [
        (psycopg.OperationalError("gone"), 1),
        (psycopg_pool.PoolTimeout("none"), 0),
        (psycopg.errors.QueryCanceled("too slow"), 0),
        (psycopg.errors.DeadlockDetected("lost"), 0),
    ],
)
async def test_a_database_that_is_away_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: Exception, unclear: int
) -> None:
    outcome, [receipt] = await handled(
        tmp_path, monkeypatch, encoded(BATCH), away, away, Written(0, 2)
    )
    assert outcome == ["ack"]
    assert (receipt["reason"], receipt["duplicate"]) == ("outcome_unknown" if unclear else None, 2)


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        (b"no batch", ()),
        (encoded(BATCH), (psycopg.errors.NotNullViolation("refused"),)),
        (encoded(BATCH), (psycopg.errors.ProgramLimitExceeded("too large"),)),
    ],
)
async def test_what_can_never_be_stored_is_given_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    answers: tuple[Exception, ...],
) -> None:
    outcome, receipts = await handled(tmp_path, monkeypatch, body, *answers)
    assert (outcome, receipts) == (["nack requeue=True"], [])


async def test_a_worker_that_is_to_stop_waits_for_no_database(tmp_path: Path) -> None:
    workers, message = workers_on(FakeStore(psycopg.OperationalError()), tmp_path), FakeMessage(b"")
    message.body = encoded(BATCH)
    workers.stop()
    await workers.handle(cast(Any, message))
    assert message.outcome == ["nack requeue=True"]


async def test_what_is_being_stored_is_finished_and_what_waits_is_left(tmp_path: Path) -> None:
    over, reached, goes_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class SlowStore(FakeStore):
        async def write(self, shares: Sequence[Share]) -> list[Written]:
            reached.set()
            await goes_on.wait()
            return await super().write(shares)

    store = SlowStore(Written(2, 0))
    workers, inbox = workers_on(store, tmp_path), module.Inbox()
    first, second = FakeMessage(encoded(BATCH)), FakeMessage(encoded(BATCH))
    inbox.put_nowait(cast(Any, first))
    inbox.put_nowait(cast(Any, second))
    working = asyncio.create_task(workers.work_off(inbox, over))
    await reached.wait()
    over.set()
    inbox.put_nowait(None)
    goes_on.set()
    await working
    assert (first.outcome, second.outcome) == (["ack"], [])
    assert len((tmp_path / "r").read_text().splitlines()) == 1


async def test_a_connection_that_is_gone_costs_an_acknowledgement_and_no_worker(
    tmp_path: Path,
) -> None:
    class GoneMessage(FakeMessage):
        async def ack(self) -> None:
            raise ConnectionResetError

    over, inbox = asyncio.Event(), module.Inbox()
    workers = workers_on(FakeStore(Written(2, 0), Written(0, 2)), tmp_path)
    gone, after = GoneMessage(encoded(BATCH)), FakeMessage(encoded(BATCH))
    for message in (gone, after, None):
        inbox.put_nowait(cast(Any, message))
    await workers.work_off(inbox, over)
    assert after.outcome == ["ack"]
