"""Workers of the artwork pool: processes that listen nowhere, unless their metrics are wanted."""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.topology.spawning import Spawner, WaitFor
from servers.topology.worker import WorkerProcess

PROCESS = "pool-worker"
MODULE = "servers.pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How many workers, and what is started for each: a module and its arguments.

    ``metrics``: each shows its metrics, on a free loopback port that it keeps.
    """

    count: int = 0
    module: str = MODULE
    arguments: Sequence[str] = ()
    metrics: bool = False

    @property
    def numbers(self) -> range:
        """Return the workers' numbers, from 1."""
        return range(1, self.count + 1)


NO_WORKERS = WorkerOptions()


class PoolWorkerPart(WorkerProcess):
    """One worker of the pool."""

    process, takes = PROCESS, "jobs"

    def __init__(
        self,
        number: int,
        options: WorkerOptions,
        database: str,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        argv = [sys.executable, "-m", options.module, *options.arguments]
        env = {"INGEST_DATABASE": database}
        super().__init__(f"{PROCESS}-{number}", argv, env, spawner, wait_for, logs, running)
        self.metrics = "127.0.0.1:0" if options.metrics else ""
        """Where it shows its metrics, HOST:PORT; empty when nowhere."""

    @property
    def metrics_url(self) -> str:
        """Return where it shows its metrics, empty when nowhere."""
        return f"http://{self.metrics}/metrics" if self.metrics else ""

    def more_arguments(self) -> Sequence[str]:
        """Return where its metrics are to be: once it has a port it keeps it."""
        return ["--metrics", self.metrics] if self.metrics else []

    def is_up(self, word: Mapping[str, Any]) -> None:
        """Note where its metrics are."""
        self.metrics = word["metrics"]
