"""Overrides that change how the database orders new artworks, and the trials for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from defects.base import Replacement, Switch, Trial
from defects.overrides.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

ORDERED = "pool"
"""The scenario."""
NO_TRIGGERS = tuple(
    f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    for table, trigger in (
        ("user_art_impressions", "order_inserted"),
        ("user_art_impressions", "order_deleted"),
        ("art_sessions", "order_added"),
        ("art_sessions", "order_changed"),
    )
)
"""No statement orders anything."""
_DEFINITION = "SELECT pg_get_functiondef(%s::regproc)"


def pool_trial(trouble: str = "none") -> Trial:
    """Return the trial in which viewers look at a pool that grows."""
    return Trial(ORDERED, improvement="predictive_pool", trouble=trouble)


def with_order(old: str, new: str, *before: str) -> Mapping[str, Replacement]:
    """Return overrides that replace a text of ``order_by_level`` after some statements.

    Raises LookupError, as the server starts, unless the text is there exactly once.
    """

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        if switch.twin:
            return
        async with pool.connection() as connection:
            found = await (await connection.execute(_DEFINITION, ("order_by_level",))).fetchone()
        text = str(found[0]) if found else ""
        if text.count(old) != 1:
            raise LookupError(f"order_by_level has {old!r} {text.count(old)} times, not once")
        await execute(pool, *before, text.replace(old, new))

    return {PREPARE: prepare, WRITE: _counted}


def without_trigger(*more: str) -> Mapping[str, Replacement]:
    """Return an override after which no statement orders anything; ``more`` is executed too."""

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        if not switch.twin:
            await execute(pool, *NO_TRIGGERS, *more)

    return {PREPARE: prepare, WRITE: _counted}


async def _counted(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what meets the change, and write as ever."""
    switch.reached()
    return await original(store, shares)
