"""The server: its receipts. The target writes them, as NDJSON; docs/target-contract.md is the
contract, and these types are how the harness reads it."""

from __future__ import annotations

import pyarrow as pa
from msgspec import field

from harness.ledger.kinds.base import IDS, KIND_COLUMN, Column, LedgerRow, Witness

OUTCOME_UNKNOWN = "outcome_unknown"
"""A receipt's ``reason``: the connection to the database broke; rows of it may exist."""


class ServerRow(LedgerRow):
    """What the server says that it did: one receipt for every request that it processed. What a
    receipt leaves out is null; the checks of its books say what that means."""

    lifetime: str | None = None


class ServerStarted(ServerRow, tag="started"):
    """A life of the server begins."""

    mono_ns: int | None = None


class BatchReceipt(ServerRow, tag="batch"):
    """The server processed, refused or failed a request."""

    user: str | None = None
    batch: str | None = None
    tab: str | None = None
    seq: int | None = None
    attempt: int | None = None
    transport: str | None = None
    artworks: tuple[str, ...] | None = None
    status: int | None = None
    reason: str | None = None
    received: int | None = None
    inserted: int | None = None
    duplicate: int | None = None
    rejected: int | None = None
    body_bytes: int | None = field(name="bytes", default=None)
    received_mono_ns: int | None = None
    received_wall_ns: int | None = None
    committed_mono_ns: int | None = None
    committed_wall_ns: int | None = None


class BatchConfirmed(ServerRow, tag="confirmed"):
    """A broker has a batch, and its client is answered with 202; what becomes of it a receipt says,
    written after COMMIT."""

    user: str | None = None
    batch: str | None = None
    attempt: int | None = None
    received: int | None = None
    mono_ns: int | None = None


class ServerStopped(ServerRow, tag="stopped"):
    """A life of the server ends: every batch that it accepted was finished. ``batches``: how many
    receipts this life has written."""

    batches: int | None = None
    mono_ns: int | None = None


class ServerDefectReached(ServerRow, tag="defect_reached"):
    """The switch of a defect that was put into the server or its database was reached."""

    defect: str
    hits: int
    mono_ns: int | None = None


SERVER = Witness(
    "server",
    ServerRow,
    (
        KIND_COLUMN,
        Column("lifetime", pa.string(), "which life of the server it is"),
        Column("user", pa.string(), "the signed-in user"),
        Column("batch", pa.string(), "the batch's id, as the client named it"),
        Column("tab", pa.string(), "the tab that showed the artworks, as the client named it"),
        Column("seq", pa.int64(), "the batch's number in its tab"),
        Column("attempt", pa.int64(), "which attempt it is, as the client counts"),
        Column("transport", pa.string(), "over what it came, as the client says"),
        Column("artworks", IDS, "the ids of the batch; empty where no body was parsed"),
        Column("status", pa.int64(), "the HTTP status of the answer"),
        Column("reason", pa.string(), "why it was refused, or failed"),
        Column("received", pa.int64(), "ids that were sent, repeats included"),
        Column("inserted", pa.int64(), "rows that are new"),
        Column("duplicate", pa.int64(), "ids that were sent and not inserted"),
        Column("rejected", pa.int64(), "ids of a request that was refused or failed"),
        Column("bytes", pa.int64(), "bytes of the body after decompression"),
        Column("batches", pa.int64(), "how many receipts the life that ends has written", True),
        Column(
            "mono_ns",
            pa.int64(),
            "when a life began or ended, or a broker had a batch, ns of CLOCK_MONOTONIC",
        ),
        Column("defect", pa.string(), "the id of a seeded defect", True),
        Column("hits", pa.int64(), "how often its switch was reached since the line before", True),
        Column("received_mono_ns", pa.int64(), "when it arrived, ns of CLOCK_MONOTONIC"),
        Column("received_wall_ns", pa.int64(), "when it arrived, ns since the epoch"),
        Column("committed_mono_ns", pa.int64(), "when its COMMIT returned, ns of CLOCK_MONOTONIC"),
        Column("committed_wall_ns", pa.int64(), "when its COMMIT returned, ns since the epoch"),
    ),
)
