"""Whenever something is written, reports are computed that cost the database its processors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import psycopg

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written

AT_ONCE = 8
REPORT = "SELECT sum(sqrt(n)) FROM generate_series(1, 1000000) AS n"


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Write, and have as many reports computed meanwhile as there may be at once."""
    if switch.reached():
        reports: set[asyncio.Task[None]] = switch.memory.setdefault("reports", set())
        while len(reports) < AT_ONCE:
            report = asyncio.create_task(_report(store))
            reports.add(report)
            report.add_done_callback(reports.discard)
    return await original(store, shares)


async def _report(store: Store) -> None:
    with contextlib.suppress(psycopg.Error):  # The server may be stopped meanwhile.
        dsn = store._config.database
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            await connection.execute(REPORT.encode())


DEFECT = ServerDefect(
    about="Every write sets off reports that keep the database's processors busy.",
    expected={"database_cpu"},
    trials=[Trial("steady_load", duration="62", rate="100", sessions="100")],
    overrides={WRITE: write},
)
