"""Requests that are written together are answered with one another's counts."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Return what became of the next request's part."""
    written = await original(store, shares)
    others = [*written[1:], *written[:1]]
    return others if others != written and switch.reached() else written


UNEVEN = Trial("steady_load", duration="15", rate="200", sessions="200", arrivals="poisson")
"""A load whose batches differ in size, or all that is written together has the same counts."""

DEFECT = ServerDefect(
    about="A request is answered with the counts of another that was written with it.",
    expected={"conservation", "counts_as_processed", "inserted_once_each"},
    trials=[UNEVEN],
    overrides={WRITE: write},
)
