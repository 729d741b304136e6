"""The way from clients to the server, and how it can be made slow, lossy or dead.

Two kinds exist: ``toxiproxy`` (bytes; portable) and ``packets`` (a link of its own between two
network namespaces; Linux). Both are shaped by the same data and calibrated by the same probes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from harness.faults.base import Fault

Backend = Literal["toxiproxy", "packets"]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Outage(StrEnum):
    """How a line is dead: new connections are refused and open ones end; packets are lost
    silently; or the clients' own network device is down."""

    REFUSED = "refused"
    DROP = "drop"
    LINKDOWN = "linkdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a path does to what passes it; the numbers of one fault profile.

    ``rtt_ms`` is the whole round trip, half of it each way. ``up_kbps`` (client to server) and
    ``down_kbps`` are 1,000 bits a second, None for no limit. ``loss`` is the share (0 … 1) of
    packets lost, each way, drawn independently. ``queue_bytes`` is where a limited rate drops what
    comes after (tail drop); it is latency too: 64 kB at 400 kbps are 1.3 s.
    """

    rtt_ms: float = 0.0
    up_kbps: float | None = None
    down_kbps: float | None = None
    loss: float = 0.0
    queue_bytes: int = 64_000


OPEN = Shape()
"""No delay, limit or loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """How many packets a path has carried and lost since its shape was set, one way."""

    seen: int
    lost: int


class NetworkPath(Protocol):
    """One way from clients to one server. Its methods end within bounds and raise HarnessError."""

    backend: Backend

    @property
    def url(self) -> str:
        """Return where clients go."""

    async def shape(self, shape: Shape) -> None:
        """Apply a shape to all that passes; raises HarnessError when it did not take effect."""

    def outage(self, kind: Outage) -> Fault:
        """Return a fault that cuts the path; raises HarnessError for a kind it does not have."""

    def deviations(self, shape: Shape) -> Sequence[str]:
        """Return, in words, what this kind of path cannot do of such a shape."""

    async def connect_echo(self, count: int = 1) -> list[Streams]:
        """Open ``count`` connections from the clients' side, through the path, to the echo server.

        Use them with ``harness.faults.line.echo.exchange``. Raises OSError.
        """

    async def datagrams(self, count: int, patience_s: float) -> tuple[Passed, Passed] | None:
        """Send ``count`` datagrams each way and count, at the ends, how many never came.

        ``patience_s`` is how long the last may take. None where the path carries no packets.
        """

    async def alive(self) -> None:
        """Raise HarnessError when what the path is made of has died or hangs."""

    async def check(self) -> None:
        """Raise HarnessError when it has died or hangs, or lets no connection through."""

    async def idle(self, quiet_s: float, timeout_s: float) -> None:
        """Return when nothing has passed for ``quiet_s``, or after ``timeout_s``.

        Abandoned connections go on retransmitting what they hold, in growing intervals.
        """

    def passed(self) -> tuple[Passed, Passed] | None:
        """Return the counters up and down, or None where packets are not seen."""
