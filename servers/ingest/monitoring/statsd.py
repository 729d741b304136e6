"""The roadmap's names in DogStatsD's format, over UDP: for an agent beside the server.

A datagram that is lost is lost without a trace, and one that cannot be sent at once is dropped and
counted: this sink shows trends and is no evidence. A 95th percentile is not sent: those of several
processes cannot be joined. ``impression.latency`` is a distribution, of which the agent's side
makes ``p95``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence

from servers.ingest.instant import NS_PER_S
from servers.ingest.receipts import Receipt

DATAGRAM_BYTES = 1_432
"""What one frame of Ethernet carries, as DogStatsD's clients count it."""
_MS_PER_S = 1_000


class StatsD:
    """Sends what a group of answers brings in as few datagrams as it takes; never waits."""

    def __init__(self, address: str) -> None:
        """``address`` is HOST:PORT. Raise OSError for a host that has no address."""
        host, _, port = address.rpartition(":")
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._where = where
        self.dropped = 0

    def answered(self, receipts: Sequence[Receipt], at_ns: int) -> None:
        """Send requests that have their outcome at ``at_ns`` (monotonic)."""
        for datagram in packed(_lines(receipts, at_ns)):
            try:
                self._socket.sendto(datagram, self._where)
            except OSError:  # no one listens, or the buffer is full: an answer must not wait
                self.dropped += 1

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines in datagrams of at most ``DATAGRAM_BYTES``; none is divided."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        if waiting and size + len(line) + 1 > DATAGRAM_BYTES:
            yield b"\n".join(waiting)
            waiting, size = [], 0
        waiting.append(line)
        size += len(line) + 1
    if waiting:
        yield b"\n".join(waiting)


def _lines(receipts: Sequence[Receipt], at_ns: int) -> Iterator[bytes]:
    stored = [one for one in receipts if one.status == 200]
    for name, count in (
        (b"impression.batch.success", len(stored)),
        (b"impression.batch.failure", len(receipts) - len(stored)),
        (b"impression.inserted", sum([one.inserted for one in stored])),
        (b"impression.duplicate", sum([one.duplicate for one in stored])),
    ):
        if count:
            yield b"%b:%d|c" % (name, count)
    for one in receipts:
        took_ms = (at_ns - one.received_mono_ns) / NS_PER_S * _MS_PER_S
        if one.received:
            yield b"impression.batch.size:%d|h" % one.received
        yield b"impression.batch.latency:%.3f|ms" % took_ms
        yield b"impression.latency:%.3f|d" % took_ms
