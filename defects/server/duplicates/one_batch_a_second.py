"""A user who was served within the second is taken for a repetition."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.instant import now

SECOND_NS = 1_000_000_000


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Swallow what comes within a second of the user's last batch."""
    kept = []
    for job in group:
        last_ns = switch.memory.get(job.share.user, 0)
        if job.receipt.received_mono_ns - last_ns < SECOND_NS and switch.reached():
            job.receipt.committed(inserted=0, duplicate=job.receipt.received, at=now())
        else:
            switch.memory[job.share.user] = job.receipt.received_mono_ns
            kept.append(job)
    if kept:
        await original(combiner, kept)


DEFECT = ServerDefect(
    about="A debounce on the server swallows what a user sends within a second.",
    expected={"lost_acked", "absorbed_explained"},
    trials=[Trial("reloads", browser="chromium")],
    overrides={STORE_FRESH: store_fresh},
)
