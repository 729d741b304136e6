"""Where a driver that runs somewhere else can be reached from here."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

Entrance = Callable[[], Awaitable[int]]
"""Names a port: a driver listens on it on its own loopback, we reach it there on ours."""


async def own_entrance() -> int:
    """Return a loopback port that nobody listens on now: driver and harness share a network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
