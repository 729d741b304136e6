"""A replay is taken for the time of the view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.history import HistoryApi, ReplayShown

Count = Callable[[HistoryApi, str, Sequence[ReplayShown]], Awaitable[int]]
MOVED = """
UPDATE user_art_impressions SET viewed_at = now()
WHERE user_id = %s AND artwork_id = ANY (%s) RETURNING 1
"""


async def count(
    switch: Switch, original: Count, history: HistoryApi, user: str, replays: Sequence[ReplayShown]
) -> int:
    """Count the replays, and set the time at which their artworks were seen."""
    counted = await original(history, user, replays)
    if switch.reached():
        await history._context.ask(MOVED, (user, [one.artwork_id for one in replays]))
    return counted


DEFECT = ServerDefect(
    about="An impression that is replayed has the time of the replay, not that of the view.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[Trial("replay", browser="chromium", preset="durable", trouble="none")],
    overrides={"servers.ingest.product.history:HistoryApi.count": count},
)
