"""A trigger drops every fifth row or so without an error."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

FUNCTION = """
CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF hashtext(new.artwork_id) % 5 = 0 AND new.user_id NOT LIKE 'impression-harness%' THEN
        RETURN null;
    END IF;
    RETURN new;
END $$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER spoil BEFORE INSERT ON user_art_impressions
FOR EACH ROW EXECUTE FUNCTION spoil()
"""


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Create the trigger."""
    await original(store, pool)
    if not switch.twin:
        await execute(pool, FUNCTION, TRIGGER)


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what meets it."""
    switch.reached()
    return await original(store, shares)


DEFECT = ServerDefect(
    about="A trigger drops one row in five.",
    expected={"lost_acked", "absorbed_explained"},
    trials=[VISIT],
    overrides={PREPARE: prepare, WRITE: write},
)
