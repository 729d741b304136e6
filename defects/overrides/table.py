"""Overrides that change the table: its index, triggers on it, jobs that delete from it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg

from defects.base import Replacement, Switch
from defects.overrides.signatures import PREPARE, WRITE, Prepare, Write, execute
from harness.core.clock import pause
from servers.ingest.storage.store import Pool, Share, Store, Written

INDEX = "user_art_impressions_unique_user_artwork"
INSERT = (
    "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
    "VALUES (%s, %s, to_timestamp(%s))"
)
JOB_EVERY_S = 0.5
TURNS = "turns"
"""Under this name a switch's memory counts how often a job ran through."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$
"""
_TRIGGER = """
CREATE OR REPLACE TRIGGER spoil BEFORE INSERT ON user_art_impressions
FOR EACH ROW EXECUTE FUNCTION spoil()
"""

Memory = dict[tuple[str, str], float]
"""(user, artwork) → when it was seen, seconds since the epoch; the oldest first."""


async def not_unique(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Take the uniqueness out of the index."""
    await original(store, pool)
    if not switch.twin:
        columns = "user_id, artwork_id"
        await execute(
            pool,
            f"DROP INDEX IF EXISTS {INDEX}",
            f"CREATE INDEX {INDEX} ON user_art_impressions ({columns})",
        )


def unique_over(columns: str) -> Mapping[str, Replacement]:
    """Return overrides that make the index unique over other columns."""

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        if not switch.twin:
            named = "ON CONFLICT (user_id, artwork_id)"
            store.__dict__["insert_sql"] = store.insert_sql.replace(named, "ON CONFLICT")
            await execute(
                pool,
                f"DROP INDEX {INDEX}",
                f"CREATE UNIQUE INDEX {INDEX} ON user_art_impressions ({columns})",
            )

    return {PREPARE: prepare, WRITE: _counted}


def with_trigger(body: str) -> Mapping[str, Replacement]:
    """Return overrides that create a trigger before INSERT; ``body`` is PL/pgSQL."""

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        if not switch.twin:
            await execute(pool, _FUNCTION.format(body=body), _TRIGGER)

    return {PREPARE: prepare, WRITE: _counted}


def with_job(delete: str) -> Mapping[str, Replacement]:
    """Return overrides that execute a statement twice a second, while the table has rows."""

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        switch.memory["job"] = asyncio.create_task(clean(switch, pool))

    async def clean(switch: Switch, pool: Pool) -> None:
        while True:
            await pause(JOB_EVERY_S)
            with contextlib.suppress(psycopg.Error):
                async with pool.connection() as connection:
                    cursor = await connection.execute(b"SELECT count(*) FROM user_art_impressions")
                    counted = await cursor.fetchone()
                    if counted and counted[0] and switch.reached():
                        await connection.execute(delete.encode())
            switch.memory[TURNS] = switch.memory.get(TURNS, 0) + 1

    return {PREPARE: prepare}


def remembering(forget: Callable[[Memory, float], None]) -> Mapping[str, Replacement]:
    """Return overrides that know repetitions from memory alone; the index is not unique.

    ``forget`` removes from the memory what is not known any longer, at a moment in seconds since
    the epoch.
    """

    async def write(
        switch: Switch, original: Write, store: Store, shares: Sequence[Share]
    ) -> list[Written]:
        if not switch.reached():
            return await original(store, shares)
        return [await write_one(switch.memory, store, share) for share in shares]

    async def write_one(memory: dict[Any, Any], store: Store, share: Share) -> Written:
        forget(memory, share.seen_at_s)
        new = [one for one in dict.fromkeys(share.artworks) if (share.user, one) not in memory]
        memory.update({(share.user, one): share.seen_at_s for one in new})
        async with store._writing.connection() as connection, connection.transaction():
            for artwork in new:
                await connection.execute(INSERT.encode(), (share.user, artwork, share.seen_at_s))
        return Written(inserted=len(new), duplicate=len(share.artworks) - len(new))

    return {PREPARE: not_unique, WRITE: write}


async def _counted(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what meets the change, and write as ever."""
    switch.reached()
    return await original(store, shares)
