"""What the server says it did, one line of JSON a request, whole even after a kill -9."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from servers.ingest.board import Board, Cell, Row
from servers.ingest.instant import Instant, now

FORMAT = 1
ACCEPTED = 202
"""The status of a batch that a broker has, until it is stored."""


class Receipt(msgspec.Struct):
    """One processed batch request, filled in as the request is understood.

    ``bytes`` is the body after decompression; times are nanoseconds.
    """

    format: int
    kind: str
    lifetime: str
    user: str | None = None
    batch: str | None = None
    tab: str | None = None
    seq: int | None = None
    attempt: int | None = None
    transport: str | None = None
    artworks: list[str] = []
    status: int = 0
    reason: str | None = None
    received: int = 0
    inserted: int = 0
    duplicate: int = 0
    rejected: int = 0
    bytes: int = 0
    received_mono_ns: int = 0
    received_wall_ns: int = 0
    committed_mono_ns: int | None = None
    committed_wall_ns: int | None = None

    def committed(self, *, inserted: int, duplicate: int, at: Instant) -> None:
        """Note that every id of this request is stored."""
        self.status = 200
        self.inserted, self.duplicate = inserted, duplicate
        self.committed_mono_ns, self.committed_wall_ns = at

    def refused(self, status: int, reason: str) -> None:
        """Note that nothing of this request is known to be stored."""
        self.status, self.reason = status, reason
        self.rejected = self.received


class Receipts:
    """Appends lines to one file with O_APPEND, unbuffered; several processes may share it.

    How many receipts were written is counted in ``row``, a process's own: the line that closes a
    lifetime says how many that lifetime has, so that a reader notices those that are lost later.
    """

    def __init__(self, path: Path | None, lifetime: str, row: Row | None = None) -> None:
        self.lifetime = lifetime
        self._row = row or Board().row(0)
        self._fd: int | None = None
        if path is not None:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._encoder = msgspec.json.Encoder()
        self.tap: Callable[[Sequence[Receipt]], None] | None = None
        """Hears of receipts once they are written; it must neither raise nor wait."""

    def begin(self, at: Instant) -> Receipt:
        """Return an empty receipt of a request that arrived ``at``."""
        return Receipt(
            FORMAT, "batch", self.lifetime, received_mono_ns=at.mono_ns, received_wall_ns=at.wall_ns
        )

    def write(self, receipts: Iterable[Receipt]) -> None:
        """Append all ``receipts`` in one write; raise OSError when the disk does not take them."""
        receipts = list(receipts)
        if self._fd is not None:
            # encode_lines ends every line with a newline: a reader may stop at the last whole line.
            self._write(self._encoder.encode_lines(receipts))
            self._row.add(Cell.RECEIPTS, len(receipts))
        if self.tap is not None:
            self.tap(receipts)

    def confirmed(self, receipt: Receipt) -> None:
        """Append that the broker has a batch; it is no receipt, which is written after COMMIT.

        Raise OSError when the disk does not take it.
        """
        more = {
            "user": receipt.user,
            "batch": receipt.batch,
            "attempt": receipt.attempt,
            "received": receipt.received,
        }
        self._mark("confirmed", more)

    def started(self) -> None:
        """Append the line that opens this lifetime."""
        self._mark("started", {"pid": os.getpid()})

    def stopped(self, batches: int | None = None) -> None:
        """Append the line that says every accepted batch was finished, and how many receipts the
        lifetime has: ``batches`` where other processes wrote some, else those of this object."""
        own = self._row.get(Cell.RECEIPTS)
        self._mark("stopped", {"batches": own if batches is None else batches})

    def close(self) -> None:
        """Close the file; more than once is fine."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _mark(self, kind: str, more: Mapping[str, int | str | None]) -> None:
        if self._fd is None:
            return
        at = now()
        line = {"format": FORMAT, "kind": kind, "lifetime": self.lifetime, **more}
        line |= {"mono_ns": at.mono_ns, "wall_ns": at.wall_ns}
        self._write(self._encoder.encode(line) + b"\n")

    def _write(self, data: bytes) -> None:
        assert self._fd is not None
        while data:  # a disk that is nearly full takes a part; the next call then says why
            data = data[os.write(self._fd, data) :]
