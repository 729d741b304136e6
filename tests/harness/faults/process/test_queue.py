"""A worker is killed where it stands still, and by its own number; poison is confirmed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from harness.core.errors import HarnessError, WaitTimeout
from harness.faults.base import held
from harness.faults.process import queue as module
from harness.faults.process.queue import (
    KilledBeforeAcknowledging,
    PoisonPublished,
    WriterKilled,
)
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK
from harness.target.target import QueueAccess
from tests.harness.faults.process.sleeper import Sleeper

pytestmark = pytest.mark.asyncio


def made(directory: Path) -> Path:
    run = directory / "run"
    run.mkdir()
    return run


def access(directory: Path, *workers: Sleeper) -> QueueAccess:
    return QueueAccess(
        url="amqp://x",
        metrics_url="http://x",
        workers=workers,
        halt_file=directory / "halt",
        proxy="queue",
    )


@pytest.mark.slow
async def test_the_worker_that_stands_still_is_killed_and_replaced(tmp_path: Path) -> None:
    first, second = Sleeper(), Sleeper()
    await first.start()
    await second.start()
    before = second.pid
    queue = access(tmp_path, first, second)
    try:
        with Ledger(made(tmp_path)) as ledger:
            network = ledger.witness(NETWORK)
            fault = KilledBeforeAcknowledging(queue, network)
            assert await fault.evidence() == ""
            os.kill(before, signal.SIGSTOP)
            queue.halt_file.with_name(f"halt.{before}").touch()
            async with held(fault, network):
                assert second.pid == 0
                assert "is gone" in await fault.evidence()
            assert second.pid not in (0, before)
            assert first.pid
            assert not list(tmp_path.glob("halt*"))
            async with held(WriterKilled(first, network), network):
                assert first.pid == 0
    finally:
        await first.kill()
        await second.kill()
    kinds = read_witness(tmp_path / "run" / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("server_killed") == 2
    assert "sentinel_unharmed" not in kinds


async def test_where_no_worker_comes_by_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMES_BY_S", 0.2)
    with Ledger(made(tmp_path)) as ledger:
        fault = KilledBeforeAcknowledging(access(tmp_path), ledger.witness(NETWORK))
        with pytest.raises(WaitTimeout, match="between COMMIT and acknowledgement"):
            await fault.inject()
        await fault.heal()
    assert not list(tmp_path.glob("halt*"))


@pytest.mark.slow
async def test_a_process_that_is_none_of_the_workers_is_left_alone(tmp_path: Path) -> None:
    other = Sleeper()
    await other.start()
    os.kill(other.pid, signal.SIGSTOP)
    (tmp_path / f"halt.{other.pid}").touch()
    try:
        with Ledger(made(tmp_path)) as ledger:
            fault = KilledBeforeAcknowledging(access(tmp_path), ledger.witness(NETWORK))
            with pytest.raises(HarnessError, match="no worker of the queue"):
                await fault.inject()
        assert other.pid
    finally:
        await other.kill()


class FakeBroker:
    """A connection, its channel and its exchange in one; confirms a given number of messages."""

    def __init__(self, confirms: int) -> None:
        self.confirms = confirms
        self.published: list[tuple[str | None, bool]] = []

    async def __aenter__(self) -> FakeBroker:
        return self

    async def __aexit__(self, *of: object) -> None:
        pass

    async def channel(self, **options: bool) -> FakeBroker:
        assert options == {"publisher_confirms": True, "on_return_raises": True}
        return self

    async def get_exchange(self, name: str) -> FakeBroker:
        assert name == "impressions"
        return self

    async def publish(
        self, message: aio_pika.Message, key: str, *, mandatory: bool, timeout: float
    ) -> None:
        if len(self.published) == self.confirms:
            raise TimeoutError
        self.published.append((message.message_id, mandatory))


async def test_poison_is_confirmed_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = FakeBroker(confirms=2)

    async def connect(url: str, **options: Any) -> FakeBroker:
        return broker

    monkeypatch.setattr(aio_pika, "connect", connect)
    fault = PoisonPublished(access(tmp_path), 2)
    assert (await fault.evidence(), fault.disturbs) == ("", False)
    await fault.inject()
    assert broker.published == [("poison-1", True), ("poison-2", True)]
    assert await fault.evidence() == "the broker has confirmed poison-1, poison-2"
    await fault.heal()
    more = PoisonPublished(access(tmp_path), 1)
    with pytest.raises(TimeoutError):
        await more.inject()
    assert await more.evidence() == ""
