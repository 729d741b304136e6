"""The message queue of a stack: RabbitMQ, and the processes of its workers."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.ingest.config import QUEUE_LENGTH
from servers.topology.parts import StackPart, part_of
from servers.topology.scaled.rabbitmq import RabbitMQ
from servers.topology.spawning import Spawner, WaitFor
from servers.topology.toxiproxy import ToxiproxyServer
from servers.topology.worker import WorkerProcess

REGISTERED_TIMEOUT_S = 60.0
WORKER, BROKER = "queue-worker", "broker"
MODULE = "servers.queue"
PROXY = "queue"
"""Toxiproxy's, between the workers and the broker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """``rabbitmq`` is its folder; ``processes`` of ``workers`` workers each store what it takes, at
    most ``length_max`` batches at once; a worker has at most ``prefetch`` of them. ``module`` and
    the ``arguments`` before its own are what is started for each process."""

    rabbitmq: Path
    processes: int = 2
    workers: int = 5
    length_max: int = QUEUE_LENGTH
    prefetch: int = 8
    module: str = MODULE
    arguments: Sequence[str] = ()


class QueueWorkerPart(WorkerProcess):
    """One process of workers that store what the queue has."""

    process, takes = WORKER, "messages"


class MessageQueue:
    """The broker, and the workers behind it."""

    def __init__(
        self,
        options: QueueOptions,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        self._options = options
        self._make = (spawner, wait_for, logs, running)
        self._wait_for = wait_for
        self._directory = logs.parent
        self.broker = RabbitMQ(options.rabbitmq, *self._make)
        self.workers: tuple[QueueWorkerPart, ...] = ()

    @property
    def server_arguments(self) -> list[str]:
        """Return what tells the server to publish."""
        return ["--queue", "--queue-length", str(self._options.length_max)]

    @property
    def server_env(self) -> dict[str, str]:
        """Return where it publishes; not an argument, for everybody can read those."""
        return {"INGEST_QUEUE": self.broker.url}

    @property
    def halt_file(self) -> Path:
        """Return the file at which a worker stands still between COMMIT and acknowledgement."""
        return self._directory / "halt"

    @property
    def parts(self) -> dict[str, StackPart]:
        """Return what can be stopped and started again by its name."""
        return {BROKER: part_of(BROKER, self.broker)}

    async def start_broker(self) -> None:
        """Start the broker; returns when it takes connections."""
        self.broker.configure()
        await self.broker.start()

    async def start_workers(
        self,
        database: str,
        receipts: Path,
        toxiproxy: ToxiproxyServer | None,
        arguments: Sequence[str] = (),
    ) -> None:
        """Start the workers, which reach the broker through Toxiproxy if there is one; returns when
        all take messages. ``arguments`` are those that the database asks for."""
        options, url = self._options, self.broker.url
        if toxiproxy is not None:
            through = toxiproxy.put_in_front(PROXY, self.broker.address[1])
            url = self.broker.url_at(through.removeprefix("http://"))
        argv = [sys.executable, "-m", options.module, *options.arguments, *arguments]
        argv += ["--workers", str(options.workers), "--prefetch", str(options.prefetch)]
        argv += ["--receipts", str(receipts), "--halt-file", str(self.halt_file)]
        env = {"INGEST_DATABASE": database, "INGEST_QUEUE": url}
        self.workers = tuple(
            QueueWorkerPart(f"{WORKER}-{number}", argv, env, *self._make)
            for number in range(1, options.processes + 1)
        )
        for worker in self.workers:
            await worker.start()
        await self._wait_for(
            "the broker's queues are in its register on the disk",
            self.broker.has_registered_queues,
            timeout_s=REGISTERED_TIMEOUT_S,
        )

    def stop(self) -> None:
        """Stop all of it; what waits there is gone."""
        for worker in self.workers:
            worker.stop()
        self.broker.discard()
