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
    """The processes of a part stand still; connections to it are open and nothing answers.

    PostgreSQL answers by its children: what a part has started stands still with it.
    """

    def __init__(self, part: Part) -> None:
        self.name = f"{part.name} still"
        self._part = part
        self._pids: list[int] = []

    async def inject(self) -> None:
        """Stop its processes; returns when they stand still."""
        first = self._part.pid
        if first:
            self._stop(first)  # before its children are listed: it starts no more of them
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(first).children(recursive=True):
                    self._stop(child.pid)
        await wait_until(f"{self._part.name} stands still", self.evidence, timeout_s=STILL_S)

    async def heal(self) -> None:
        """Let its processes go on; they may have ended meanwhile."""
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def evidence(self) -> str:
        """Return that its processes are stopped."""
        stopped = [_is_stopped(pid) for pid in self._pids]
        if not stopped or not all(stopped):
            return ""
        return "its process is stopped" if len(stopped) == 1 else f"its {len(stopped)} are stopped"

    def _stop(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._pids.append(pid)


def _is_stopped(pid: int) -> bool:
    """Return whether a process stands still; one that has ended answers nothing either."""
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
