"""The activity: what the database, the server and the pages say of themselves."""

from __future__ import annotations

from typing import Annotated, Literal

import pyarrow as pa
from msgspec import Meta, field

from harness.ledger.kinds.base import (
    DETAIL,
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    LedgerRow,
    Witness,
)

DatabaseFigureName = Literal[
    "connections",
    "connections_active",
    "connections_waiting_for_lock",
    "locks",
    "locks_not_granted",
    "commits",
    "rollbacks",
    "rows_inserted",
    "deadlocks",
    "blocks_read",
    "blocks_hit",
    "wal_records",
    "wal_full_pages",
    "wal_bytes",
    "wal_position_bytes",
    "checkpoints_timed",
    "checkpoints_requested",
    "checkpoint_write_ms",
    "checkpoint_sync_ms",
    "insert_calls",
    "insert_exec_ms",
    "insert_rows",
    "insert_wal_bytes",
    "table_writers",
    "statements_waiting_for_lock",
    "statements_waiting_for_lwlock",
    "statements_waiting_for_io",
    "clock_s",
]
"""The figures of PostgreSQL, each with its unit last: its own clock, in seconds since the epoch, is
one of them, by which an answer that is read again is noticed. What statements hold and wait for is
sampled ten times a second, at random moments: transactions that may write to the table, and
statements that wait for each type of event."""

ServerFigureName = Literal[
    "in_flight",
    "queue_depth",
    "pool_in_use",
    "pool_size",
    "ids_inserted",
    "ids_duplicate",
    "batches_503",
    "lost_races",
    "pool_artworks",
    "active_users",
    "users_at_risk",
    "users_exhausted",
    "unseen_share",
    "queue_wait_count",
    "queue_wait_p50_ms",
    "queue_wait_p95_ms",
    "write_count",
    "write_p50_ms",
    "write_p95_ms",
    "clock_s",
]
"""The figures of the server, each with its unit last: its own clock, by the ``Date`` of the answer
(RFC 9110, 6.6.1), whole seconds since the epoch, is one of them."""

PageFigureName = Literal[
    "js_heap_bytes",
    "main_thread_s",
    "script_s",
    "style_s",
    "layout_s",
    "long_tasks",
    "long_task_s",
    "layout_shifts",
    "layout_shift_score",
]
"""The figures of a page, each with its unit last. All but the heap are counters since the page's
load: the main thread's time and what of it went into scripts, styles and layout; tasks of 50 ms or
longer; layout shifts, and the sum of their scores (https://wicg.github.io/layout-instability/)."""

BenchFigureName = Literal[
    "table_rows",
    "table_bytes",
    "indexes_bytes",
    "insert_ms",
    "insert_execute_ms",
    "insert_rows",
    "insert_wal_bytes",
    "insert_rows_after_checkpoint",
    "insert_wal_after_checkpoint_bytes",
    "freshness_ms",
    "anti_join_ms",
    "writer_ms",
    "index_build_s",
    "expiry_s",
    "expiry_wal_bytes",
    "stored_before_bytes",
    "stored_bytes",
    "stored_after_refill_bytes",
    "fresh_answer_ms",
    "fresh_stale_s",
    "fresh_statements",
    "fresh_statement_ms",
    "predicted_wait_ms",
    "other_wait_ms",
]
"""The figures of statements that an experiment measures on a table of its own, of questions about
freshness that it asks of the server, or of waits for pictures by the page's own clock, of artworks
that were predicted and of others; each with its unit last, or what it counts."""


class ActivityRow(LedgerRow):
    """What the database, the server and the pages say of themselves. Counters are as they are,
    since the system's start: take differences."""


class DatabaseFigure(ActivityRow, tag="database"):
    """A figure of PostgreSQL, from its own views, once a second; what statements hold and wait for
    ten times."""

    name: DatabaseFigureName
    value: float


class StatementWait(ActivityRow, tag="wait"):
    """How many statements run and wait for one thing, once a second."""

    name: Annotated[str, Meta(description="type:event of the wait; `running`: for nothing")]
    statements: Annotated[int, Meta(description="how many statements")] = field(name="value")


class ServerFigure(ActivityRow, tag="server"):
    """A figure of the server, from its metrics, once a second."""

    name: ServerFigureName
    value: float


class PageFigure(ActivityRow, tag="page"):
    """A figure of a page, when it was measured."""

    name: PageFigureName
    value: float
    tab: Annotated[str | None, Meta(description="the page's tab")] = field(
        name=DETAIL, default=None
    )


class Benched(ActivityRow, tag="benched"):
    """A figure that an experiment measures itself, when it was known: of a statement on its own
    table beside the target's, or of an answer of the server. What is repeated has a row for every
    time, its warm-up left out."""

    name: BenchFigureName
    value: float


class Blind(ActivityRow, tag="blind"):
    """A figure cannot be seen from now on; written once for every reason."""

    name: Annotated[str, Meta(description="`kind:figure`, or `kind:everything`")]
    why: Annotated[str, Meta(description="why not")] = field(name=DETAIL)


ACTIVITY = Witness(
    "activity",
    ActivityRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("name", pa.string(), "the figure, its unit last"),
        Column("value", pa.float64(), "its value, in the unit that its name ends with"),
        Column(DETAIL, pa.string(), "text; the kind says what"),
    ),
)
