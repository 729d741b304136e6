"""Workers of the artwork pool: processes that listen nowhere, unless their metrics are wanted."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 60.0
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


class PoolWorkerPart:
    """One worker. ``running`` is where the pids of running processes are noted."""

    def __init__(
        self,
        number: int,
        options: WorkerOptions,
        database: str,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: dict[str, int],
    ) -> None:
        self.name = f"{PROCESS}-{number}"
        self._options = options
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._database = database
        self._running = running
        self._child: Child | None = None
        self.metrics = "127.0.0.1:0" if options.metrics else ""
        """Where it shows its metrics, HOST:PORT; empty when nowhere."""

    @property
    def metrics_url(self) -> str:
        """Return where it shows its metrics, empty when nowhere."""
        return f"http://{self.metrics}/metrics" if self.metrics else ""

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    async def start(self) -> None:
        """Start it unless it runs; returns when it takes jobs."""
        if self._child is not None:
            return
        ready = self._logs / f"{self.name}.ready"
        ready.unlink(missing_ok=True)
        argv = [sys.executable, "-m", self._options.module, *self._options.arguments]
        argv += ["--name", self.name, "--ready-file", str(ready)]
        argv += ["--metrics", self.metrics] if self.metrics else []
        child = self._spawner.spawn(
            PROCESS,
            argv,
            log=self._logs / f"{self.name}.log",
            env={"INGEST_DATABASE": self._database},  # not as an argument: everybody can read those
        )
        self._child = child
        self._running[self.name] = child.pid

        def is_ready() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"{self.name} ended at once: {child.last_words()}")
            return ready.exists()

        await self._wait_for(f"{self.name} takes jobs", is_ready, timeout_s=START_TIMEOUT_S)
        self.metrics = json.loads(ready.read_text(encoding="utf-8"))["metrics"]

    async def kill(self) -> None:
        """End it in the middle of everything; returns when it is gone."""
        await asyncio.to_thread(self.stop, how=signal.SIGKILL)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGTERM lets it finish the job that is under way."""
        if self._child is not None:
            self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(self.name, None)
