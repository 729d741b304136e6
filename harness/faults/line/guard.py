"""Ends a run as soon as the fault injector of its network has died or hangs.

Toxiproxy and a link are checked all the while, not only when they are used: a
visitor on a line whose Toxiproxy has died would wait for minutes, and the fault would be looked for
elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.faults.line.path import NetworkPath

ASK_EVERY_S = 2.0


@asynccontextmanager
async def guarded(path: NetworkPath | None, *, every_s: float = ASK_EVERY_S) -> AsyncIterator[None]:
    """Cancel the block with the HarnessError of what has died or hangs.

    Within ``every_s`` and the time that a check may take. The block and its leaving must be of
    one task, as with ``asyncio.timeout``. Without a path nothing is watched.
    """
    if path is None:
        yield
        return
    failure: HarnessError | None = None
    task = asyncio.current_task()
    assert task is not None
    cancelling = task.cancelling()

    async def watch() -> None:
        nonlocal failure
        while True:
            await pause(every_s)
            try:
                await path.alive()
            except HarnessError as error:
                failure = error
                task.cancel()
                return

    watcher = asyncio.create_task(watch())
    try:
        yield
    except BaseException as error:
        # What comes up here may be another error: healing calls the dead part too.
        if failure is not None and task.uncancel() <= cancelling:
            raise failure from error
        raise
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
    if failure is not None:  # the block swallowed it
        raise failure
