"""The server knows a batch by its number, whichever tab sent it."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.instant import now


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Take a number that the user has used before for a repetition."""
    known: set[tuple[str, int | None]] = switch.memory.setdefault("known", set())
    kept = []
    for job in group:
        key = (job.share.user, job.receipt.seq)
        tabs = switch.memory.setdefault(key, job.receipt.tab)
        if key in known and tabs != job.receipt.tab and switch.reached():
            job.receipt.committed(inserted=0, duplicate=job.receipt.received, at=now())
        else:
            kept.append(job)
        known.add(key)
    if kept:
        await original(combiner, kept)


DEFECT = ServerDefect(
    about="A second tab of a user starts to count anew, and its batches are taken for repetitions.",
    expected={"lost_acked", "absorbed_explained"},
    trials=[Trial("reloads", browser="chromium")],
    overrides={STORE_FRESH: store_fresh},
)
