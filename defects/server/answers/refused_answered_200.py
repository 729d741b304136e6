"""The server refuses a batch and answers success."""

from __future__ import annotations

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import STORE_FRESH, StoreGroup, Tell
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Leave out one job in five; its receipt is a refusal, its answer a success."""
    kept = []
    for job in group:
        if switch.every(5) and switch.reached():
            job.refusal = Refusal(503, "too_slow", "left out")
            job.tell = _succeeding(job.tell)
        else:
            kept.append(job)
    if kept:
        await original(combiner, kept)


def _succeeding(tell: Tell) -> Tell:
    return lambda refusal: tell(None)


DEFECT = ServerDefect(
    about="One batch in five is refused, as its receipt says, and answered with success.",
    expected={"answers_as_processed", "lost_acked", "acks_after_commit"},
    trials=[LOAD],
    overrides={STORE_FRESH: store_fresh},
)
