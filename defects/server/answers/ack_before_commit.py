"""The server answers first and commits afterwards."""

from __future__ import annotations

from defects.base import LOAD, VISIT, ServerDefect, Switch
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from harness.core.clock import pause
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal

LATE_S = 0.1


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Answer every job of every third group, then write the group."""
    if switch.every(3) and switch.reached():
        for job in group:
            job.receipt.status = 200
            job.receipt.inserted = len(job.share.artworks)
            job.tell(None)
            job.tell = _answered
        await pause(LATE_S)
    await original(combiner, group)


def _answered(refusal: Refusal | None) -> None:
    """Hear of the real outcome, when the client has its answer already."""


DEFECT = ServerDefect(
    about="One batch in three is acknowledged a tenth of a second before it is committed.",
    expected={"acks_after_commit"},
    trials=[VISIT, LOAD],
    smoke=True,
    overrides={STORE_FRESH: store_fresh},
)
