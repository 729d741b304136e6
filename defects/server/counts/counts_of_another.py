"""Requests that are written together are answered with one another's counts."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Return what became of the next request's part."""
    written = await original(store, shares)
    others = [*written[1:], *written[:1]]
    return others if others != written and switch.reached() else written


DEFECT = ServerDefect(
    about="A request is answered with the counts of another that was written with it.",
    expected={"conservation", "counts_as_processed", "inserted_once_each"},
    trials=[LOAD],
    overrides={WRITE: write},
)
