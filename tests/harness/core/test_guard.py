"""A block ends as soon as what it rests on has failed, with the reason."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from harness.core.errors import HarnessError
from harness.core.guard import ended_by_failure
from harness.core.wait import wait_until

pytestmark = pytest.mark.asyncio


class Path:
    """A path that dies after a given number of checks, or never."""

    def __init__(self, checks_at_most: int | None) -> None:
        self.checks, self._at_most = 0, checks_at_most

    async def alive(self) -> None:
        self.checks += 1
        if self._at_most is not None and self.checks > self._at_most:
            raise HarnessError("Toxiproxy is gone")


async def fails_on_the_way_out() -> None:
    async with ended_by_failure(Path(0).alive, every_s=0.01):
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("connection refused")


async def swallows_it() -> None:
    async with ended_by_failure(Path(0).alive, every_s=0.01):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_death_cancels_a_block_that_waits() -> None:
    with pytest.raises(HarnessError, match="Toxiproxy is gone"):
        async with asyncio.timeout(60), ended_by_failure(Path(2).alive, every_s=0.01):
            await asyncio.Event().wait()
    # The task is whole again: it can wait, and be cancelled by others.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()


async def test_healing_that_fails_on_the_way_out_does_not_hide_the_reason() -> None:
    with pytest.raises(HarnessError, match="Toxiproxy is gone") as caught:
        await fails_on_the_way_out()
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_block_that_swallows_it_raises_it_at_the_end() -> None:
    with pytest.raises(HarnessError, match="Toxiproxy is gone"):
        await swallows_it()


async def test_a_living_path_does_not_disturb_the_block() -> None:
    path = Path(None)

    async def takes_too_long() -> None:
        async with ended_by_failure(path.alive, every_s=0.01), asyncio.timeout(None) as own:
            await wait_until("it was checked twice", lambda: path.checks >= 2, timeout_s=60)
            own.reschedule(asyncio.get_running_loop().time())
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):  # the block's own, unchanged
        await takes_too_long()
