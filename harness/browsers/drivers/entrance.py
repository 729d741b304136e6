"""Where a driver or a browser that runs somewhere else can be reached from here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from harness.process.ports import free_port

Entrance = Callable[[], Awaitable[int]]
"""Names a port: a driver listens on it on its own loopback, we reach it there on ours."""

Reach = Callable[[int], AbstractAsyncContextManager[int]]
"""Lends a port on our loopback that leads to a port on the browser's, as long as it is needed."""


async def own_entrance() -> int:
    """Return a loopback port that nobody listens on now: driver and harness share a network."""
    return free_port()


@asynccontextmanager
async def own_network(port: int) -> AsyncIterator[int]:
    """Lend the port itself: browser and harness share a network."""
    yield port
