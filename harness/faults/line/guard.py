"""Ends a run as soon as the fault injector of its network has died or hangs.

Toxiproxy and a link are checked all the while, not only when they are used: a
visitor on a line whose Toxiproxy has died would wait for minutes, and the fault would be looked for
elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.guard import ended_by_failure
from harness.faults.line.path import NetworkPath

ASK_EVERY_S = 2.0


@asynccontextmanager
async def guarded(path: NetworkPath | None, *, every_s: float = ASK_EVERY_S) -> AsyncIterator[None]:
    """Cancel the block with the HarnessError of what has died or hangs.

    Without a path nothing is watched.
    """
    if path is None:
        yield
        return
    async with ended_by_failure(path.alive, every_s=every_s):
        yield
