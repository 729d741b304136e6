"""The next page of the history begins at a number of rows, not at an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from psycopg.rows import TupleRow

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.history import HistoryApi

Read = Callable[..., Awaitable[list[TupleRow]]]
_ROWS = """
SELECT i.artwork_id, i.artwork_id, NULL,
       (extract(epoch FROM i.viewed_at) * 1000000)::bigint, 0, NULL, false
FROM user_art_impressions i
WHERE i.user_id = %s ORDER BY i.viewed_at DESC, i.artwork_id DESC LIMIT %s OFFSET %s
"""


async def read(
    switch: Switch,
    original: Read,
    history: HistoryApi,
    user: str,
    moment: int | None,
    artwork: str,
    limit: int,
    *,
    and_itself: bool,
) -> list[TupleRow]:
    """Count the rows that were read, and go on after as many."""
    if not switch.reached():
        return await original(history, user, moment, artwork, limit, and_itself=and_itself)
    offset = 0 if moment is None else switch.memory.get(user, 0)
    switch.memory[user] = offset + limit - 1
    return await history._context.ask(_ROWS, (user, limit, offset))


DEFECT = ServerDefect(
    about="A deletion moves entries from pages of the history that are to come to those read.",
    expected={"history_whole"},
    trials=[Trial("history_while_rows_expire", improvement="product+admin")],
    overrides={"servers.ingest.product.history:HistoryApi.read": read},
)
