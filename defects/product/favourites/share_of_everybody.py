"""A link shows everybody's favourites."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.shares import SharesApi

Rows = list[tuple[str, str, str | None]]
Collection = Callable[[SharesApi, str], Awaitable[Rows]]
EVERYBODY = """
SELECT DISTINCT artwork_id, artwork_id, NULL FROM favourites WHERE is_favourite ORDER BY 1
"""


async def collection(switch: Switch, original: Collection, shares: SharesApi, user: str) -> Rows:
    """Return the favourites of all users."""
    if not switch.reached():
        return await original(shares, user)
    return [(one, title, None) for one, title, _ in await shares._context.ask(EVERYBODY, ())]


DEFECT = ServerDefect(
    about="Who has a link sees the favourites of every user.",
    expected={"share_shows_favourites"},
    trials=[Trial("shared_collection", browser="chromium", preset="durable")],
    overrides={"servers.ingest.product.shares:SharesApi.collection": collection},
)
