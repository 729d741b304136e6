"""A replay that is sent again counts again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.history import HistoryApi, ReplayShown

Count = Callable[[HistoryApi, str, Sequence[ReplayShown]], Awaitable[int]]


async def count(
    switch: Switch, original: Count, history: HistoryApi, user: str, replays: Sequence[ReplayShown]
) -> int:
    """Take each request's replays for new ones, whatever their ids."""
    if not switch.reached():
        return await original(history, user, replays)
    return await original(
        history, user, [replace(one, id=f"{one.id} {switch.hits}") for one in replays]
    )


DEFECT = ServerDefect(
    about="Replays whose answer was lost are counted again when they are sent again.",
    expected={"replays_counted"},
    trials=[Trial("replay", browser="chromium", preset="durable", trouble="answers_lost")],
    overrides={"servers.ingest.product.history:HistoryApi.count": count},
)
