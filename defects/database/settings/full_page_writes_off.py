"""A page that is torn by a crash cannot be repaired."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import PREPARE, Prepare, turn_off
from servers.ingest.storage.store import Pool, Store


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Change the setting for every connection."""
    await original(store, pool)
    if switch.reached():
        await turn_off(pool, "full_page_writes")


DEFECT = ServerDefect(
    about="Torn pages cannot be repaired (full_page_writes is off).",
    expected={"commits_durable"},
    trials=[VISIT],
    overrides={PREPARE: prepare},
)
