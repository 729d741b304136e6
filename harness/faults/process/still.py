"""A process stands still in the middle of everything, as on a suspended machine, and goes on."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil

from harness.core.wait import wait_until
from harness.target.target import Part

STILL_S = 5.0


class Still:
    """The process of a part stands still; connections to it are open and nothing answers."""

    def __init__(self, part: Part) -> None:
        self.name = f"{part.name} still"
        self._part = part
        self._pid = 0

    async def inject(self) -> None:
        """Stop its process; returns when it stands still."""
        self._pid = self._part.pid
        if self._pid:
            os.kill(self._pid, signal.SIGSTOP)
        await wait_until(f"{self._part.name} stands still", self.evidence, timeout_s=STILL_S)

    async def heal(self) -> None:
        """Let its process go on; it may have ended meanwhile."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGCONT)

    async def evidence(self) -> str:
        """Return that its process is stopped."""
        try:
            status = psutil.Process(self._pid).status() if self._pid else ""
        except psutil.Error:
            return ""
        return "its process is stopped" if status == psutil.STATUS_STOPPED else ""
