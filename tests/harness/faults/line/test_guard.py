"""The fault injector of the network is watched: a run on a dead one ends soon, with the reason."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from harness.core.errors import HarnessError
from harness.faults.line.guard import guarded
from harness.faults.line.path import NetworkPath

pytestmark = pytest.mark.asyncio


class DeadPath:
    """A path that has died."""

    async def alive(self) -> None:
        raise HarnessError("Toxiproxy is gone")


async def test_a_dead_path_ends_the_block() -> None:
    with pytest.raises(HarnessError, match="Toxiproxy is gone"):
        async with guarded(cast(NetworkPath, DeadPath()), every_s=0.01), asyncio.timeout(60):
            await asyncio.Event().wait()


async def test_without_a_path_nothing_is_watched() -> None:
    async with guarded(None):
        pass
