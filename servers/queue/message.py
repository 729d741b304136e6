"""One batch as a message: what of its request the store and the receipt need."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from servers.ingest.receipts import Receipt

BATCH_HEADER, ATTEMPT_HEADER = "batch", "attempt"
"""Headers by which others know a message without reading its body."""


class Malformed(ValueError):
    """A message is no batch."""


class QueuedBatch(msgspec.Struct):
    """A batch on its way to the database; ``received_…_ns`` is when its request came.

    Servers and workers are not replaced at the same moment: a field that is not known is left out,
    and a new one needs a default. What a worker cannot read becomes a dead letter.
    """

    user: str
    artworks: list[str]
    received_mono_ns: int
    received_wall_ns: int
    batch: str | None = None
    tab: str | None = None
    seq: int | None = None
    attempt: int | None = None
    transport: str | None = None
    body_bytes: int = 0

    def fill(self, receipt: Receipt) -> None:
        """Note in a receipt what the request was."""
        receipt.user, receipt.artworks = self.user, self.artworks
        receipt.received, receipt.bytes = len(self.artworks), self.body_bytes
        receipt.batch, receipt.tab, receipt.seq = self.batch, self.tab, self.seq
        receipt.attempt, receipt.transport = self.attempt, self.transport
        receipt.received_mono_ns = self.received_mono_ns
        receipt.received_wall_ns = self.received_wall_ns


_DECODER = msgspec.json.Decoder(QueuedBatch)


def queued(user: str, artworks: Sequence[str], receipt: Receipt) -> QueuedBatch:
    """Return a batch as it is published."""
    return QueuedBatch(
        user=user,
        artworks=list(artworks),
        received_mono_ns=receipt.received_mono_ns,
        received_wall_ns=receipt.received_wall_ns,
        batch=receipt.batch,
        tab=receipt.tab,
        seq=receipt.seq,
        attempt=receipt.attempt,
        transport=receipt.transport,
        body_bytes=receipt.bytes,
    )


def encoded(batch: QueuedBatch) -> bytes:
    """Return the body of its message."""
    return msgspec.json.encode(batch)


def decoded(body: bytes) -> QueuedBatch:
    """Return the batch of a message's body; raise Malformed."""
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise Malformed(str(error)) from error
