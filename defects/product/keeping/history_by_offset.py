"""The next page of the history begins at a number of rows, not at an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.product.history import HistoryApi, HistoryEntry, limit_of
from servers.ingest.refusal import json_response

Page = Callable[[HistoryApi, web.Request], Awaitable[web.Response]]
_ROWS = """
SELECT i.artwork_id, i.artwork_id, NULL, 0, 0, NULL, false FROM user_art_impressions i
WHERE i.user_id = %s ORDER BY i.viewed_at DESC, i.artwork_id DESC LIMIT %s OFFSET %s
"""


async def page(
    switch: Switch, original: Page, history: HistoryApi, request: web.Request
) -> web.Response:
    """Take the key for a number of rows."""
    if not switch.reached():
        return await original(history, request)
    user, limit = history._context.user_of(request), limit_of(request)
    offset = int(request.query.get("before", "0"))
    rows = await history._context.ask(_ROWS, (user, limit + 1, offset))
    entries = [HistoryEntry(*row)._asdict() for row in rows[:limit]]
    key = {"before": str(offset + limit), "beforeId": "x"} if len(rows) > limit else None
    return json_response({"userId": user, "entries": entries, "next": key})


DEFECT = ServerDefect(
    about="A deletion moves entries from pages of the history that are to come to those read.",
    expected={"history_whole"},
    trials=[Trial("history_while_rows_expire", improvement="product+admin")],
    overrides={"servers.ingest.product.history:HistoryApi.page": page},
)
