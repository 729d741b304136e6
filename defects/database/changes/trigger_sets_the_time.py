"""A trigger sets the time of an impression to that of the year before."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

FUNCTION = """
CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.viewed_at := new.viewed_at - interval '1 year';
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
    about="A trigger changes the time of what is stored.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides={PREPARE: prepare, WRITE: write},
)
