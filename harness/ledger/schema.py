"""What a witness can say: one Arrow schema per witness file.

Every row carries both clocks of the moment it describes (``mono_ns``, ``wall_ns``). An impression
is (user, artwork); a view is (user, tab, artwork). The server's receipts are the one witness that
is not written by the harness; their schema is in docs/target-contract.md.
"""

from __future__ import annotations

import enum

import pyarrow as pa

FORMAT = 1

CAPPED = "in-flight cap"
"""The ``error`` of a load request that was not sent, because too many were in flight."""

_TIME = [("mono_ns", pa.int64()), ("wall_ns", pa.int64())]
_IDS = pa.list_(pa.string())


class Saw(enum.Enum):
    """The kinds of rows of the viewer and the database witness."""

    VIEW_INTENT = "view_intent"
    VIEW_SHOWN = "view_shown"
    APPEARED = "appeared"
    VANISHED = "vanished"
    POLL = "poll"
    FINAL = "final"
    FINAL_ROW = "final_row"
    ROADMAP_SQL = "roadmap_sql"
    ROADMAP_SQL_ROW = "roadmap_sql_row"
    VIOLATIONS = "violations"
    SENTINEL = "sentinel"


SCHEMAS: dict[str, pa.Schema] = {
    "viewer": pa.schema(
        [
            *_TIME,
            ("kind", pa.string()),
            ("user", pa.string()),
            ("tab", pa.string()),
            ("artwork", pa.string()),
        ]
    ),
    "client": pa.schema(
        [
            *_TIME,
            ("kind", pa.string()),
            ("user", pa.string()),
            ("tab", pa.string()),
            ("page_wall_ns", pa.int64()),
            ("batch", pa.string()),
            ("attempt", pa.int32()),
            ("transport", pa.string()),
            ("status", pa.int32()),
            ("artworks", _IDS),
            ("queue_depth", pa.int32()),
            ("in_flight", pa.int32()),
            ("detail", pa.string()),
        ]
    ),
    "load": pa.schema(
        [
            *_TIME,
            ("scheduled_ns", pa.int64()),
            ("sent_ns", pa.int64()),
            ("done_ns", pa.int64()),
            ("user", pa.string()),
            ("tab", pa.string()),
            ("batch", pa.string()),
            ("attempt", pa.int32()),
            ("outcome", pa.string()),
            ("status", pa.int32()),
            ("error", pa.string()),
            ("bytes", pa.int32()),
            ("inserted", pa.int32()),
            ("artworks", _IDS),
            ("worker", pa.int32()),
        ]
    ),
    "database": pa.schema(
        [
            *_TIME,
            ("kind", pa.string()),
            ("user", pa.string()),
            ("artwork", pa.string()),
            ("copies", pa.int32()),
            ("viewed_wall_ns", pa.int64()),
            ("rows", pa.int64()),
        ]
    ),
    "network": pa.schema(
        [
            *_TIME,
            ("kind", pa.string()),
            ("fault", pa.string()),
            ("value", pa.float64()),
            ("detail", pa.string()),
        ]
    ),
    "machine": pa.schema(
        [
            *_TIME,
            ("process", pa.string()),
            ("pid", pa.int32()),
            ("cpu_s", pa.float64()),
            ("rss_bytes", pa.int64()),
            ("read_bytes", pa.int64()),
            ("write_bytes", pa.int64()),
            ("detail", pa.string()),
        ]
    ),
    "activity": pa.schema(
        [
            *_TIME,
            ("kind", pa.string()),
            ("name", pa.string()),
            ("value", pa.float64()),
            ("detail", pa.string()),
        ]
    ),
}
"""Witness → schema. Lists of ids are UTF-8 text; a field that does not apply is null."""
