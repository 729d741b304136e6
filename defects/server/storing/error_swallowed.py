"""An error of the database is logged, and the client hears of success."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Call all ids new whatever the database says."""
    try:
        return await original(store, shares)
    except psycopg.Error:
        if not switch.reached():
            raise
        return all_new(shares)


DEFECT = ServerDefect(
    about="A write that the database refused or broke off is acknowledged.",
    expected={"conservation", "inserted_once_each", "lost_acked"},
    trials=[Trial("writes_refused", browser="chromium")],
    overrides={WRITE: write},
)
