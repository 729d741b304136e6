"""A worker is killed, or stands still: its machine died, or was suspended."""

from __future__ import annotations

import os
import signal

import psutil

from harness.core.wait import wait_until
from harness.target.target import PoolWorkerProcess

STILL_S = 5.0


class WorkerKilled:
    """The worker is gone without warning, and another is started in its place."""

    def __init__(self, worker: PoolWorkerProcess) -> None:
        self.name = f"{worker.name} killed"
        self._worker = worker
        self._pid = 0

    async def inject(self) -> None:
        """End it; returns when it is gone."""
        self._pid = self._worker.pid
        await self._worker.kill()

    async def heal(self) -> None:
        """Start one in its place; returns when it works."""
        await self._worker.start()

    async def evidence(self) -> str:
        """Return that its process is gone."""
        return "" if self._pid == 0 or psutil.pid_exists(self._pid) else "its process is gone"


class WorkerPaused:
    """The worker stands still in the middle of everything, and then goes on."""

    def __init__(self, worker: PoolWorkerProcess) -> None:
        self.name = f"{worker.name} paused"
        self._worker = worker
        self._pid = 0

    async def inject(self) -> None:
        """Stop its process; returns when it stands still."""
        self._pid = self._worker.pid
        os.kill(self._pid, signal.SIGSTOP)
        await wait_until(f"{self._worker.name} stands still", self.evidence, timeout_s=STILL_S)

    async def heal(self) -> None:
        """Let its process go on; it may have ended meanwhile."""
        if self._pid:
            try:
                os.kill(self._pid, signal.SIGCONT)
            except ProcessLookupError:
                self._pid = 0

    async def evidence(self) -> str:
        """Return that its process is stopped."""
        try:
            status = psutil.Process(self._pid).status() if self._pid else ""
        except psutil.Error:
            return ""
        return "its process is stopped" if status == psutil.STATUS_STOPPED else ""
