"""The server remembers who a tab belongs to, and not that another has signed in."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE_FRESH, StoreGroup
from servers.ingest.combiner import Combiner, Job


async def store_fresh(
    switch: Switch, original: StoreGroup, combiner: Combiner, group: list[Job]
) -> None:
    """Store what a tab sends for the first user who was signed in there."""
    for job in group:
        first = switch.memory.setdefault(job.receipt.tab, job.share.user)
        if first != job.share.user and switch.reached():
            job.share = job.share._replace(user=first)
    await original(combiner, group)


DEFECT = ServerDefect(
    about="What another user sees in the same tab is stored for the one before.",
    expected={"lost_acked", "phantom", "nothing_for_another"},
    trials=[Trial("same_tab_two_users", browser="chromium")],
    overrides={STORE_FRESH: store_fresh},
)
