"""The load: every request of the generators."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from msgspec import Meta, field

from harness.core.outcome import Outcome
from harness.ledger.kinds.base import IDS, MONO_NS, WALL_NS, Column, Count, LedgerRow, Witness

CAPPED = "in-flight cap"
"""The ``error`` of a request that was not sent: as many as may be were in flight."""


class LoadRow(LedgerRow):
    """One request of a load generator: an attempt to deliver a batch. One kind of row."""

    scheduled_ns: int
    sent_ns: int
    done_ns: int
    user: str
    tab: str
    batch: str
    attempt: Count
    outcome: Outcome
    status: Count
    error: str | None = None
    body_bytes: Annotated[Count, Meta(description="bytes of the request's body")] = field(
        name="bytes"
    )
    inserted: Count | None = None
    artworks: tuple[str, ...]
    worker: int | None = None


LOAD = Witness(
    "load",
    LoadRow,
    (
        MONO_NS,
        WALL_NS,
        Column("scheduled_ns", pa.int64(), "when it was due, ns of CLOCK_MONOTONIC"),
        Column("sent_ns", pa.int64(), "when it was handed to the socket, ns of CLOCK_MONOTONIC"),
        Column("done_ns", pa.int64(), "when its outcome was known, ns of CLOCK_MONOTONIC"),
        Column("user", pa.string(), "the user whose views it carries"),
        Column("tab", pa.string(), "the tab that it names: of a generated user, the user's id"),
        Column("batch", pa.string(), "the batch's id, the same on every resend"),
        Column("attempt", pa.int32(), "which attempt it is, from 1"),
        Column("outcome", pa.string(), "what the generator knows of it"),
        Column("status", pa.int32(), "the HTTP status, 0 without an answer"),
        Column("error", pa.string(), f"why there is no answer; `{CAPPED}`: it was not sent"),
        Column("bytes", pa.int32(), "bytes of the request's body"),
        Column(
            "inserted",
            pa.int32(),
            "rows that the answer says are new; null if it says none",
            is_new=True,
        ),
        Column("artworks", IDS, "the ids of the batch"),
        Column("worker", pa.int32(), "the number of the generator process"),
    ),
)
