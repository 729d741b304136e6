"""A batch that is sent again is refused with 409."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Refuse what brought an id that the table has."""
    await original(combiner, group)
    for job in group:
        if job.receipt.duplicate and switch.reached():
            job.refusal = Refusal(409, "duplicate", "this impression exists")
            job.receipt.inserted = job.receipt.duplicate = 0
            job.receipt.committed_mono_ns = job.receipt.committed_wall_ns = None


DEFECT = ServerDefect(
    about="A repetition is refused with 409 instead of acknowledged.",
    expected={
        "signed_in_is_served",
        "drained_in_time",
        "came_again",
        "absorbed_explained",
        "conservation",
    },
    trials=[Trial("half_answer", browser="chromium")],
    overrides={STORE_FRESH: store_fresh},
)
