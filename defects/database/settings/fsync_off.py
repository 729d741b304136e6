"""PostgreSQL leaves it to the system when a commit reaches the disk."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import PREPARE, Prepare, turn_off
from servers.ingest.storage.store import Pool, Store


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Change the setting for every connection."""
    await original(store, pool)
    if switch.reached():
        await turn_off(pool, "fsync")


DEFECT = ServerDefect(
    about="A commit does not wait for the disk (fsync is off).",
    expected={"commits_durable"},
    trials=[VISIT],
    overrides={PREPARE: prepare},
)
