"""What comes as a page leaves is acknowledged and not stored."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.instant import now


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Leave out what came as a beacon or outlives its page; say that it is stored."""
    kept = [job for job in group if job.receipt.transport == "fetch" or not switch.reached()]
    for job in group:
        if job not in kept:
            job.receipt.committed(inserted=job.receipt.received, duplicate=0, at=now())
    if kept:
        await original(combiner, kept)


DEFECT = ServerDefect(
    about="What a page sends as it leaves is never stored.",
    expected={"lost_acked", "lost_unacked", "conservation"},
    trials=[VISIT],
    overrides={STORE_FRESH: store_fresh},
)
