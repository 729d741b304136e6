"""A worker that does nothing."""

from __future__ import annotations

import asyncio
import signal


class Sleeper:
    """A process that does nothing."""

    name = "pool-worker-1"

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    async def start(self) -> None:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec("sleep", "600")

    async def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
            self._process = None
