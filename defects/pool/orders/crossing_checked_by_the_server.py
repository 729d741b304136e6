"""The server looks whether a job is there, and makes it if not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from defects.base import ServerDefect, Switch
from defects.overrides.orders import pool_trial, without_trigger
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written

LACKING = """
SELECT l.percent::text, p.epoch, l.artworks, l.urgent
FROM user_freshness_base f CROSS JOIN impression_pool p
JOIN pool_levels l ON 100 * f.viewed_active >= l.percent * p.active
WHERE f.user_id = %s AND NOT EXISTS (
    SELECT FROM pool_jobs j
    WHERE j.user_id = f.user_id AND j.level = l.percent::text AND j.epoch = p.epoch)
"""
ORDER = """
INSERT INTO pool_jobs (user_id, level, epoch, artworks, urgent) VALUES (%s, %s, %s, %s, %s)
"""


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store the batches, then order for each of them."""
    written = await original(store, shares)
    if switch.reached():
        await asyncio.gather(*(_order(store, share.user) for share in shares))
    return written


async def _order(store: Store, user: str) -> None:
    async with store._writing.connection() as connection:
        lacking = await (await connection.execute(LACKING, (user,))).fetchall()
        for level in lacking:
            await connection.execute(ORDER, (user, *level))


DEFECT = ServerDefect(
    about="Two batches of a user at once both find no job for a level, and both make one.",
    expected={"jobs_once_per_crossing"},
    trials=[pool_trial()],
    overrides={
        **without_trigger("ALTER TABLE pool_jobs DROP CONSTRAINT pool_jobs_once"),
        WRITE: write,
    },
)
