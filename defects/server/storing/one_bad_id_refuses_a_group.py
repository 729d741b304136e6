"""One id beyond ASCII has all requests refused that are written together with its own."""

from __future__ import annotations

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Refuse the whole group for good where one of its ids is not plain."""
    is_bad = any(not one.isascii() for job in group for one in job.share.artworks)
    if not is_bad or not switch.reached():
        return await original(combiner, group)
    for job in group:
        job.refusal = Refusal(400, "bad_id", "an id of the statement is not plain")
    return None


DEFECT = ServerDefect(
    about="One id that the database does not take has all requests of its statement refused.",
    expected={"lost_unacked"},
    trials=[LOAD],
    overrides={STORE_FRESH: store_fresh},
)
