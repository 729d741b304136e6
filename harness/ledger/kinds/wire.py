"""The wire: what a relay right before the server saw of requests that carry views."""

from __future__ import annotations

import pyarrow as pa

from harness.core.outcome import Outcome
from harness.ledger.kinds.base import IDS, MONO_NS, WALL_NS, Column, Count, LedgerRow, Witness


class WireRow(LedgerRow):
    """One request that arrived at the relay, and the server's answer to it. One kind of row."""

    arrived_ns: int
    first_byte_ns: int | None = None
    last_byte_ns: int
    method: str
    path: str
    sha256: str
    body_bytes: Count
    user: str | None = None
    artworks: tuple[str, ...] = ()
    outcome: Outcome
    status: Count


WIRE = Witness(
    "wire",
    WireRow,
    (
        MONO_NS,
        WALL_NS,
        Column("arrived_ns", pa.int64(), "when the request was whole, ns of CLOCK_MONOTONIC"),
        Column("first_byte_ns", pa.int64(), "when the answer began; null: none came"),
        Column("last_byte_ns", pa.int64(), "when the answer was whole, or the server silent"),
        Column("method", pa.string(), "the HTTP method"),
        Column("path", pa.string(), "the path, without the query"),
        Column("sha256", pa.string(), "the SHA-256 of the body, in hexadecimal digits"),
        Column("body_bytes", pa.int32(), "bytes of the request's body"),
        Column("user", pa.string(), "whose views it carries; null: the request does not tell"),
        Column("artworks", IDS, "the ids of this run that the body lists"),
        Column("outcome", pa.string(), "what the answer means"),
        Column("status", pa.int32(), "the HTTP status, 0 without an answer"),
    ),
)
