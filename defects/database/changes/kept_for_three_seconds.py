"""A job deletes what is older than three seconds."""

from __future__ import annotations

import asyncio
import contextlib

import psycopg

from defects.base import VISIT, ServerDefect, Switch
from defects.signatures import PREPARE, Prepare
from harness.core.clock import pause
from servers.ingest.storage.store import Pool, Store

EVERY_S = 0.5
DELETE = """
DELETE FROM user_art_impressions WHERE viewed_at < now() - interval '3 seconds'
"""


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Start the job."""
    await original(store, pool)
    switch.memory["job"] = asyncio.create_task(_clean(switch, pool))


async def _clean(switch: Switch, pool: Pool) -> None:
    while True:
        await pause(EVERY_S)
        with contextlib.suppress(psycopg.Error):
            async with pool.connection() as connection:
                cursor = await connection.execute(b"SELECT count(*) FROM user_art_impressions")
                counted = await cursor.fetchone()
                if counted and counted[0] and switch.reached():
                    await connection.execute(DELETE.encode())


DEFECT = ServerDefect(
    about="Impressions are kept for three seconds.",
    expected={"vanished"},
    trials=[VISIT],
    overrides={PREPARE: prepare},
)
