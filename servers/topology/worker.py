"""A process that works and listens nowhere: it says in a file that it is ready."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 60.0


class WorkerProcess:
    """One process of workers, started anew under its name. ``process`` is what its kind is called,
    ``takes`` what it takes when it is ready; ``running`` is where the pids of running processes are
    noted."""

    process: str
    takes: str

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        """``env`` holds what is no argument: everybody can read those."""
        self.name = name
        self._argv = argv
        self._env = env
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._running = running
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    async def start(self) -> None:
        """Start it unless it runs; returns when it takes work. Raises NotReady with its last
        words."""
        if self._child is not None:
            return
        ready = self._logs / f"{self.name}.ready"
        ready.unlink(missing_ok=True)
        argv = [
            *self._argv,
            "--name",
            self.name,
            "--ready-file",
            str(ready),
            *self.more_arguments(),
        ]
        log = self._logs / f"{self.name}.log"
        child = self._spawner.spawn(self.process, argv, log=log, env=self._env)
        self._child = child
        self._running[self.name] = child.pid

        def is_ready() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"{self.name} ended at once: {child.last_words()}")
            return ready.exists()

        await self._wait_for(f"{self.name} takes {self.takes}", is_ready, timeout_s=START_TIMEOUT_S)
        self.is_up(json.loads(ready.read_text(encoding="utf-8")))

    async def kill(self) -> None:
        """End it in the middle of everything; returns when it is gone."""
        await asyncio.to_thread(self.stop, how=signal.SIGKILL)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGTERM lets it finish what is under way."""
        if self._child is not None:
            self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(self.name, None)

    def more_arguments(self) -> Sequence[str]:
        """Hook: return what an argument is at this start and may not be at the next."""
        return ()

    def is_up(self, word: Mapping[str, Any]) -> None:
        """Hook: it is ready, and ``word`` is what it wrote of itself."""
