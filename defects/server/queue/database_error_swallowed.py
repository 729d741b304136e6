"""A worker logs an error of the database, and acknowledges the message."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import WORKERS, queued
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Call it stored whatever the database says."""
    try:
        return await original(store, shares)
    except psycopg.Error:
        if not switch.reached():
            raise
        return all_new(shares)


DEFECT = WorkerDefect(
    about="A batch whose write failed is acknowledged by its worker.",
    expected={"conservation", "inserted_once_each", "lost_acked"},
    trials=[queued("database_killed")],
    overrides={WRITE: write},
    program=WORKERS,
)
