"""Ports through which a driver or browser in another network can be reached from here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from harness.process.ports import free_port

Entrance = Callable[[], Awaitable[int]]
"""Returns a port: a driver listens on it on its own loopback, and is reached there on ours."""

Reach = Callable[[int], AbstractAsyncContextManager[int]]
"""Forwards a port on our loopback to a port on the browser's while its context is open."""


async def own_entrance() -> int:
    """Return a free loopback port: driver and harness share a network."""
    return free_port()


@asynccontextmanager
async def own_network(port: int) -> AsyncIterator[int]:
    """Yield the port itself: browser and harness share a network."""
    yield port
