"""What goes wrong between a message queue and those who store what is in it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.process.worker import WorkerKilled
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import NetworkRow, ServerKilled
from harness.target.target import PoolWorkerProcess, QueueAccess

COMES_BY_S = 30.0
PUBLISH_S = 10.0
EXCHANGE = KEY = "impressions"


class WriterKilled(WorkerKilled):
    """A process of workers is gone without warning; like a server's, its receipts have no end."""

    def __init__(self, worker: PoolWorkerProcess, network: WitnessFile[NetworkRow]) -> None:
        super().__init__(worker)
        self._network = network

    async def inject(self) -> None:
        """End it; returns when it is gone."""
        self._network.saw(ServerKilled(fault=self.name))
        await super().inject()


class KilledBeforeAcknowledging:
    """A worker has committed a batch and is killed before it tells the broker, which delivers the
    batch again. Healing starts another in its place."""

    name = "queue-worker killed between COMMIT and acknowledgement"

    def __init__(self, queue: QueueAccess, network: WitnessFile[NetworkRow]) -> None:
        self._queue = queue
        self._network = network
        self._killed: PoolWorkerProcess | None = None
        self._pid = 0

    async def inject(self) -> None:
        """Let the first worker that comes by stand still, and kill it; returns when it is gone.

        Raises HarnessError for a process that is none of the workers.
        """
        self._queue.halt_file.touch()
        await wait_until(
            "a worker stands still between COMMIT and acknowledgement",
            self._stands_still,
            timeout_s=COMES_BY_S,
        )
        self._killed = next((one for one in self._queue.workers if one.pid == self._pid), None)
        if self._killed is None:
            raise HarnessError(f"process {self._pid} stands still and is no worker of the queue")
        self._network.saw(ServerKilled(fault=self.name))
        await self._killed.kill()

    async def heal(self) -> None:
        """Start one in its place; returns when it takes messages."""
        for file in (self._queue.halt_file, *self._taken()):
            file.unlink(missing_ok=True)
        if self._killed is not None:
            await self._killed.start()

    async def evidence(self) -> str:
        """Return that a process stood still there, and is gone."""
        if self._killed is None or psutil.pid_exists(self._pid):
            return ""
        return "its process stood still after a COMMIT, and is gone"

    def _taken(self) -> list[Path]:
        file = self._queue.halt_file
        return list(file.parent.glob(f"{file.name}.*"))

    def _stands_still(self) -> bool:
        for file in self._taken():
            self._pid = int(file.suffix[1:])
            with contextlib.suppress(psutil.Error):
                return psutil.Process(self._pid).status() == psutil.STATUS_STOPPED
        return False


class PoisonPublished:
    """Messages are published that are no batches, which no worker can store."""

    name = "poison published"
    disturbs = False

    def __init__(self, queue: QueueAccess, count: int) -> None:
        self._queue = queue
        self._messages = [f"poison-{number}" for number in range(1, count + 1)]
        self._confirmed: list[str] = []

    async def inject(self) -> None:
        """Publish them; returns when the broker has confirmed each."""
        import aio_pika  # a client that no other fault needs

        connection = await aio_pika.connect(self._queue.url, timeout=PUBLISH_S)
        async with connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            exchange = await channel.get_exchange(EXCHANGE)
            for name in self._messages:
                message = aio_pika.Message(
                    b"no batch",
                    message_id=name,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                await exchange.publish(message, KEY, mandatory=True, timeout=PUBLISH_S)
                self._confirmed.append(name)

    async def heal(self) -> None:
        """Nothing is to be undone: what becomes of them is the target's."""

    async def evidence(self) -> str:
        """Return that the broker has confirmed all of them."""
        if len(self._confirmed) < len(self._messages):
            return ""
        return f"the broker has confirmed {', '.join(self._confirmed)}"
