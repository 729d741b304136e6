"""What happens to each packet of one direction: cut, lost, queued, delayed. Pure; time is given.

Order as on a real line: the cut, the draw of loss, the rate with its queue (tail drop), the delay.
A seed fixes the draw for the n-th packet of a direction, not for the n-th request.
"""

from __future__ import annotations

import heapq
import random  # noqa: TID251 - only the type: the generator is handed in, seeded
from dataclasses import dataclass, field

NS_PER_MS = 1_000_000


@dataclass(slots=True, kw_only=True)
class PacketCounts:
    """Packets since the last shape: seen, lost by the draw, dropped by a full queue, cut off."""

    seen: int = 0
    lost: int = 0
    overflowed: int = 0
    cut: int = 0


@dataclass(slots=True, kw_only=True)
class Direction:
    """One direction of the link. Times are nanoseconds of any one clock that never goes back.

    ``rate_kbps`` is 1,000 bits a second, None for no limit; ``queue_bytes`` is how much may wait
    for a limited rate.
    """

    chance: random.Random
    delay_ns: int = 0
    rate_kbps: float | None = None
    loss: float = 0.0
    queue_bytes: int = 64_000
    is_cut: bool = False
    counts: PacketCounts = field(default_factory=PacketCounts)
    _line_free_ns: int = 0
    _waiting: list[tuple[int, int, bytes]] = field(default_factory=list)
    _order: int = 0

    def shape(
        self, *, delay_ms: float, rate_kbps: float | None, loss: float, queue_bytes: int
    ) -> None:
        """Do this to packets from now on; those under way keep their time. Counts begin anew."""
        self.delay_ns = round(delay_ms * NS_PER_MS)
        self.rate_kbps, self.loss, self.queue_bytes = rate_kbps, loss, queue_bytes
        self.counts = PacketCounts()

    def take(self, packet: bytes, now_ns: int) -> None:
        """Take a packet in; it may never come out."""
        if packet[0] >> 4 == 6:
            return  # neighbour discovery comes by itself and must not shift the draws
        if self.is_cut:
            self.counts.cut += 1
            return
        self.counts.seen += 1
        if self.loss and self.chance.random() < self.loss:
            self.counts.lost += 1
            return
        leaves_ns = now_ns
        if self.rate_kbps is not None:
            starts_ns = max(now_ns, self._line_free_ns)
            ns_per_byte = 8 * NS_PER_MS / self.rate_kbps
            if (starts_ns - now_ns) / ns_per_byte + len(packet) > self.queue_bytes:
                self.counts.overflowed += 1
                return
            leaves_ns = self._line_free_ns = starts_ns + round(len(packet) * ns_per_byte)
        self._order += 1
        heapq.heappush(self._waiting, (leaves_ns + self.delay_ns, self._order, packet))

    @property
    def next_ns(self) -> int | None:
        """Return when the next packet is due, or None when none waits."""
        return self._waiting[0][0] if self._waiting else None

    def due(self, now_ns: int) -> list[bytes]:
        """Return what is due by now, in order; a cut loses it too."""
        out = []
        while self._waiting and self._waiting[0][0] <= now_ns:
            packet = heapq.heappop(self._waiting)[2]
            if self.is_cut:
                self.counts.cut += 1
            else:
                out.append(packet)
        return out
