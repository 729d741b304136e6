"""RabbitMQ keeps what it confirmed over a kill, returns what no queue takes, and leaves nothing."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError, PublishError

from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import TOPOLOGY
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from harness.witnesses.topology.broker import WatchedBroker, waiting
from harness.witnesses.topology.messages import MessageTrace
from servers.queue.layout import DELIVERIES_MAX, QUEUE, declare
from servers.queue.publisher import connected
from servers.topology.scaled.rabbitmq import NODE, RabbitMQ
from servers.topology.spawning import NotReady

HOME = find_part("rabbitmq")
needs_rabbitmq = pytest.mark.skipif(
    HOME is None, reason="no RabbitMQ; `harness setup --only rabbitmq` brings it"
)
PATIENT_S = 90.0
"""A node takes 5 s of one core to start, and speaks of its queues every few seconds."""
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


@asynccontextmanager
async def publishing(broker: RabbitMQ, *, length_max: int) -> AsyncIterator[AbstractExchange]:
    async with await connected(broker.url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        yield await declare(channel, length_max=length_max)


def message(name: str) -> aio_pika.Message:
    return aio_pika.Message(
        b"x", message_id=name, delivery_mode=2, headers={"batch": name, "attempt": 1}
    )


def holds(broker: RabbitMQ, batches: int) -> bool:
    """Return whether the broker says that its queue is so deep; not while it does not say."""
    try:
        return waiting(broker.metrics_url) == batches
    except OSError:
        return False


async def until_refused(exchange: AbstractExchange) -> None:
    """Publish to a queue that is full, which refuses a message or two after its limit."""
    for number in range(5):
        await exchange.publish(message(f"e{number}"), QUEUE, mandatory=True)


async def reachable(broker: RabbitMQ) -> bool:
    """Return whether a client is let in; a node that recovers its queues may take its time."""
    try:
        async with await connected(broker.url):
            return True
    except (TimeoutError, OSError):
        return False


async def taken(broker: RabbitMQ, times: int) -> int:
    """Take a message and give it back, at most that often; return how often there was one."""
    async with await connected(broker.url) as connection:
        queue = await (await connection.channel()).get_queue(QUEUE)
        for number in range(times):
            found = await queue.get(fail=False, timeout=PATIENT_S)
            if found is None:
                return number
            await found.nack(requeue=True)
    return times


# Without the wait for the register the queue is never readable again (docs/scale-out.md).
@pytest.mark.nightly
@needs_rabbitmq
async def test_what_was_confirmed_is_there_after_a_kill(tmp_path: Path) -> None:
    assert HOME is not None
    running: dict[str, int] = {}
    with Processes() as processes:
        broker = RabbitMQ(HOME, processes, wait_until, tmp_path / "logs", running)
        assert broker.pid == 0
        broker.configure()
        await broker.start()
        assert running["rabbitmq"] == broker.pid
        with Ledger(tmp_path) as ledger:
            trace = MessageTrace(broker.url, ledger.witness(TOPOLOGY))
            async with publishing(broker, length_max=3) as exchange:
                trace.start()
                await wait_until(
                    "a node that is killed would know its queues again",
                    broker.has_registered_queues,
                    timeout_s=PATIENT_S,
                )
                for name in ("a", "b", "c"):
                    await exchange.publish(message(name), QUEUE, mandatory=True)
                with pytest.raises(PublishError):
                    await exchange.publish(message("d"), "nowhere", mandatory=True)
                await wait_until(
                    "the depth is known",
                    lambda: holds(broker, 3),
                    timeout_s=PATIENT_S,
                )
                with pytest.raises(DeliveryError):
                    await until_refused(exchange)
            [before] = WatchedBroker(broker.metrics_url).look(broker.pid)
            assert before.returned == 1
            broker.stop(how=9)  # type: ignore[arg-type]
            await broker.start()
            await wait_until("it takes connections", lambda: reachable(broker), timeout_s=PATIENT_S)
            assert await taken(broker, 200) >= 3 * DELIVERIES_MAX
            await wait_until(
                "all are dead letters",
                lambda: holds(broker, 0),
                timeout_s=PATIENT_S,
            )
            trace.stop()
        rows: list[dict[str, Any]] = read_witness(tmp_path / "topology.arrows").table.to_pylist()
        dead = [row for row in rows if row["kind"] == "dead_letter"]
        assert {row["message"] for row in dead} >= {"a", "b", "c"}
        assert {row["reason"] for row in dead} == {"delivery_limit"}
        assert {row["message"] for row in rows if row["kind"] == "message_published"} >= {"a", "d"}
        assert broker.stop() is not None
        broker.discard()
        assert running == {}
        assert tagged_processes(processes.tag) == []


async def test_queues_are_known_after_a_kill_once_the_register_has_their_logs(
    tmp_path: Path,
) -> None:
    with Processes() as processes:
        home = tmp_path / "usr/lib/rabbitmq/lib/rabbitmq_server-3"
        broker = RabbitMQ(home, processes, wait_until, tmp_path / "logs", {})
        where = broker._scratch / "data" / NODE / "quorum" / NODE
        assert not broker.has_registered_queues()
        where.mkdir(parents=True)
        (where / "names.dets").write_bytes(b"")
        assert not broker.has_registered_queues()  # there is no queue yet
        for log in ("2F_IMPT3LWTN7BI3XY", "2F_IMPX14PNEJRH35U"):
            (where / log).mkdir()
        for written, known in (
            (b"", False),
            (b"%2F_impressionsm\x122F_IMPT3LWTN7BI3XY", False),
            (b"%2F_impressionsm\x122F_IMPT3LWTN7BI3XY.deadm\x122F_IMPX14PNEJRH35U", True),
        ):
            (where / "names.dets").write_bytes(written)
            assert broker.has_registered_queues() is known


async def test_its_password_is_in_a_file_for_one_user_alone(tmp_path: Path) -> None:
    with Processes() as processes:
        home = tmp_path / "usr/lib/rabbitmq/lib/rabbitmq_server-3"
        broker = RabbitMQ(home, processes, wait_until, tmp_path / "logs", {})
        broker.configure()
        word = broker.url.split(":")[2].split("@")[0]
        written = [path for path in broker._scratch.iterdir() if word in path.read_text()]
        assert [path.name for path in written] == ["rabbitmq.conf"]
        assert stat.S_IMODE(written[0].stat().st_mode) == 0o600
        with pytest.raises(NotReady, match="needs Erlang"):
            await broker.start()
