"""A block that ends as soon as something that it rests on has failed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from harness.core.clock import pause
from harness.core.errors import HarnessError


@asynccontextmanager
async def ended_by_failure(
    probe: Callable[[], Awaitable[None]], *, every_s: float
) -> AsyncIterator[None]:
    """Cancel the block as soon as ``probe`` raises a HarnessError, and raise that.

    Within ``every_s`` and the time that a probe may take. The block and its leaving must be of
    one task, as with ``asyncio.timeout``.
    """
    failure: HarnessError | None = None
    task = asyncio.current_task()
    assert task is not None
    cancelling = task.cancelling()

    async def watch() -> None:
        nonlocal failure
        while True:
            await pause(every_s)
            try:
                await probe()
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
