"""A path of packets: real handshakes, delay, rate, queue and loss, for every client inside.

The server stays where it is. Clients connect to a socket that listens in the servers' network; a
relay of ours accepts there and connects onward, so nothing of the target has to move.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType

from harness.core.clock import NS_PER_S, now
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.faults.base import Fault
from harness.faults.line.packets.daemon import SERVER
from harness.faults.line.packets.datagrams import volley
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.path import OPEN, Backend, Outage, Passed, Shape
from harness.faults.line.relay import Onward, Relay, Streams, connect

PROBE_S = 1.0


class PacketPath:
    """One way over a link to one server, an origin of its own; an async context manager.

    ``echo_port`` is where the calibration's echo server listens, beside the upstream.
    """

    backend: Backend = "packets"

    def __init__(self, link: PacketLink, upstream_port: int, echo_port: int, *, seed: int) -> None:
        self.link = link
        self.upstream_port = upstream_port
        self._echo_port = echo_port
        self._seed = seed
        self._port = self._echo_inside = 0
        self._relays: list[Relay] = []

    async def __aenter__(self) -> PacketPath:
        self._port = await self._put_up(lambda: connect("127.0.0.1", self.upstream_port))
        self._echo_inside = await self._put_up(lambda: connect("127.0.0.1", self._echo_port))
        await self.shape(OPEN)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for relay in self._relays:
            await self.link.drop(relay)

    @property
    def url(self) -> str:
        """Return where clients go: loopback to them, so a secure context."""
        return f"http://{SERVER}:{self._port}"

    async def shape(self, shape: Shape) -> None:
        """Shape both directions, half the round trip each; the draws begin anew from the seed."""
        half = {"delay_ms": shape.rtt_ms / 2, "loss": shape.loss, "queue_bytes": shape.queue_bytes}
        self.link.ask(
            "shape",
            up={**half, "rate_kbps": shape.up_kbps},
            down={**half, "rate_kbps": shape.down_kbps},
            seed=self._seed,
        )

    def outage(self, kind: Outage) -> Fault:
        """Return a cut: packets vanish silently, or (``LINKDOWN``) the clients' device is down."""
        if kind is Outage.REFUSED:
            raise HarnessError("packets cannot refuse a connection; Toxiproxy can")
        return Cut(self, linkdown=kind is Outage.LINKDOWN)

    def deviations(self, shape: Shape) -> Sequence[str]:
        """Return what differs from a real line of such a shape."""
        rule = self.link.ask("facts")["congestion_control"]
        found = [f"TCP paces itself by {rule}, the rule of this machine"]
        if shape.up_kbps is not None or shape.down_kbps is not None:
            found.append(f"a queue of {shape.queue_bytes} bytes, then packets are dropped")
        return found

    async def connect_echo(self, count: int = 1) -> list[Streams]:
        """Connect as a client, over the link, to the echo server."""
        connecting = (self.link.connect(SERVER, self._echo_inside) for _ in range(count))
        return await asyncio.gather(*connecting)

    async def datagrams(self, count: int, patience_s: float) -> tuple[Passed, Passed]:
        """Send ``count`` datagrams from each end; what does not arrive at the other was lost."""
        inside, outside, address = self.link.datagram_sockets()
        with inside, outside:
            inside.connect(address)
            arrived_up = await volley(inside, outside, count, patience_s)
            outside.connect(inside.getsockname())
            arrived_down = await volley(outside, inside, count, patience_s)
        return (
            Passed(seen=count, lost=count - arrived_up),
            Passed(seen=count, lost=count - arrived_down),
        )

    async def alive(self) -> None:
        """Raise LinkError when the link's process does not answer."""
        self.link.ask("facts")

    async def check(self) -> None:
        """Raise LinkError when the link's process does not answer."""
        await self.alive()

    async def idle(self, quiet_s: float, timeout_s: float) -> None:
        """Return when no packet has passed for ``quiet_s``, or after ``timeout_s``."""
        last, since_ns = self.passed(), now().mono_ns

        def is_idle() -> bool:
            nonlocal last, since_ns
            counted = self.passed()
            if counted != last:
                last, since_ns = counted, now().mono_ns
            return (now().mono_ns - since_ns) / NS_PER_S >= quiet_s

        with contextlib.suppress(WaitTimeout):  # the measurement will show that it is in use
            await wait_until("the line is idle", is_idle, timeout_s=timeout_s, interval_s=0.5)

    def passed(self) -> tuple[Passed, Passed]:
        """Return the counters since the last shape, up and down."""
        counts = self.link.ask("counts")
        up, down = (Passed(seen=c["seen"], lost=c["lost"]) for c in (counts["up"], counts["down"]))
        return up, down

    async def _put_up(self, onward: Onward) -> int:
        listener, port = self.link.listen()
        relay = Relay(listener, onward)
        await self.link.keep(relay)
        self._relays.append(relay)
        return port


class Cut:
    """Every packet is lost, both ways.

    ``linkdown``: the clients' device goes down, so browsers may report that they are offline; else
    packets are lost silently.

    TCP's own retransmissions back off meanwhile and outlive the cut.
    """

    def __init__(self, path: PacketPath, *, linkdown: bool) -> None:
        self.name = "link down" if linkdown else "all packets dropped"
        self._path = path
        self._linkdown = linkdown

    async def inject(self) -> None:
        self._set(True)

    async def heal(self) -> None:
        self._set(False)

    async def evidence(self) -> str:
        """Try to connect as a client would; that it cannot is the evidence."""
        before_ns = now().mono_ns
        try:
            async with asyncio.timeout(PROBE_S):
                [(_, writer)] = await self._path.connect_echo()
        except (TimeoutError, OSError) as error:
            waited_s = (now().mono_ns - before_ns) / NS_PER_S
            reason = str(error) or "no answer"
            return f"a new connection failed after {waited_s:.2f} s: {reason}"
        writer.close()
        return ""

    def _set(self, cut: bool) -> None:
        link = self._path.link
        if self._linkdown:
            link.ask("link", up=not cut)
        else:
            link.ask("cut", cut=cut)
