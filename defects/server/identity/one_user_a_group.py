"""Requests that are written together are all stored for the first one's user."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store every share of a group for the user of its first."""
    user = shares[0].user
    if all(share.user == user for share in shares) or not switch.reached():
        return await original(store, shares)
    return await original(store, [share._replace(user=user) for share in shares])


DEFECT = ServerDefect(
    about="Two users whose requests meet in one statement become one.",
    expected={"lost_acked", "phantom"},
    trials=[LOAD],
    overrides={WRITE: write},
)
