"""A path through Toxiproxy: bytes are late and slow, on every platform.

``deviations`` lists what it cannot do. Latency goes in before bandwidth: the other way round
Toxiproxy counts the waiting for the rate as part of the latency.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from toxiproxy.toxic import Toxic

from harness.core.errors import HarnessError
from harness.faults.base import Fault
from harness.faults.line.echo import exchange
from harness.faults.line.path import Backend, Outage, Shape, Streams
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.outage import Blackhole, Refused

_BYTES_PER_S_PER_KBPS = 125
_PREFIX = "shape-"
_CONNECT_S = 20.0


class ToxicPath:
    """The way through one proxy to one server; ``echo_port`` is the calibration's far end."""

    backend: Backend = "toxiproxy"

    def __init__(self, proxy: Proxy, echo_port: int) -> None:
        self._proxy = proxy
        self._echo_port = echo_port
        self._address = proxy.listen
        self._is_measurable = False

    @property
    def url(self) -> str:
        """Return where clients go."""
        host, port = self._address
        return f"http://{host}:{port}"

    async def shape(self, shape: Shape) -> None:
        """Replace what was done to connections; raises HarnessError for packet loss."""
        if shape.loss:
            raise HarnessError(
                "Toxiproxy cannot lose packets", hint="Use --network packets (Linux)"
            )
        await asyncio.to_thread(self._shape, shape)

    def outage(self, kind: Outage) -> Fault:
        """Return ``refused``, or ``drop`` (connections are taken, and nothing comes back)."""
        if kind is Outage.LINKDOWN:
            raise HarnessError("Toxiproxy has no link to take down; packets have")
        return Refused(self._proxy) if kind is Outage.REFUSED else Blackhole(self._proxy)

    def deviations(self, shape: Shape) -> Sequence[str]:
        """Return what a real line of such a shape would do, and this does not."""
        found = ["a connection is made at once, only what it carries is late"]
        if shape.up_kbps is not None or shape.down_kbps is not None:
            found.append("the rate is each connection's own, there is no queue that drops")
        return found

    async def make_measurable(self) -> None:
        """Lead the proxy to the echo server, which carries visitors on to theirs.

        Once for all, before the first visitor: Toxiproxy ends every open connection then.
        """
        if not self._is_measurable:
            await asyncio.to_thread(self._proxy.point_at, f"127.0.0.1:{self._echo_port}")
            self._is_measurable = True

    async def connect_echo(self, count: int = 1) -> list[Streams]:
        """Connect through the proxy to the echo server."""
        await self.make_measurable()
        async with asyncio.timeout(_CONNECT_S):
            return await asyncio.gather(*(self._connected() for _ in range(count)))

    async def datagrams(self, count: int, patience_s: float) -> None:
        """Return None: Toxiproxy carries no packets."""

    async def alive(self) -> None:
        """Raise HarnessError when Toxiproxy has no such proxy any more."""
        await asyncio.to_thread(self._proxy.check_alive)

    async def check(self) -> None:
        """Raise HarnessError when Toxiproxy has lost the proxy, or it is disabled."""
        if not await asyncio.to_thread(lambda: self._proxy.enabled):
            raise HarnessError("Toxiproxy does not let visitors in")

    async def idle(self, quiet_s: float, timeout_s: float) -> None:
        """Return at once: each connection has a line of its own."""

    def passed(self) -> None:
        """Return None: Toxiproxy sees bytes, no packets."""

    async def _connected(self) -> Streams:
        streams = await asyncio.open_connection(*self._address)
        await exchange(streams)  # it is connected onward when the answer is there
        return streams

    def _shape(self, shape: Shape) -> None:
        for name in self._proxy.toxics():
            if name.startswith(_PREFIX):
                self._proxy.remove_toxic(name)
        for stream, kbps in (("upstream", shape.up_kbps), ("downstream", shape.down_kbps)):
            if shape.rtt_ms:
                latency = {"latency": round(shape.rtt_ms / 2), "jitter": 0}
                self._add("latency", stream, latency)
            if kbps is not None:
                rate = {"rate": round(kbps * _BYTES_PER_S_PER_KBPS / 1000)}
                self._add("bandwidth", stream, rate)

    def _add(self, kind: str, stream: str, attributes: dict[str, int]) -> None:
        name = f"{_PREFIX}{kind}-{stream}"
        self._proxy.add_toxic(
            Toxic(name=name, type=kind, stream=stream, toxicity=1, attributes=attributes)
        )
