"""The server drops what is sent again: too old to matter."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.instant import now


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Leave out every batch that is not a first attempt; say that it is stored."""
    kept = [job for job in group if (job.receipt.attempt or 1) == 1 or not switch.reached()]
    for job in group:
        if job not in kept:
            job.receipt.committed(inserted=job.receipt.received, duplicate=0, at=now())
    if kept:
        await original(combiner, kept)


DEFECT = ServerDefect(
    about="What is sent again after an outage is acknowledged and dropped.",
    expected={"lost_acked"},
    trials=[Trial("short_outage", preset="durable")],
    overrides={STORE_FRESH: store_fresh},
)
