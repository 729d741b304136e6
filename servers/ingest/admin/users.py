"""Users by how much of the pool they have not seen, one user's timeline, and all as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import NamedTuple

from servers.ingest.product.session import Ask

USERS_MAX = 1_000
"""Users of one page."""
_EXPORTED_AT_ONCE = 2_000
HEADER = ("user_id", "impressions", "seen_of_pool", "pool", "unseen_percent", "band")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# By key, so that a page is found at once however far it is. As of the last fold, a second ago.
_USERS = """
SELECT f.user_id, f.viewed, f.viewed_active, p.active
FROM user_freshness_base f CROSS JOIN impression_pool p
WHERE f.user_id {comparison} %s AND f.viewed > 0 ORDER BY f.user_id LIMIT %s
"""
_AFTER, _FROM = _USERS.format(comparison=">"), _USERS.format(comparison=">=")
_TIMELINE = """
SELECT i.artwork_id, coalesce(a.title, i.artwork_id),
       (extract(epoch FROM i.viewed_at) * 1000000)::bigint
FROM user_art_impressions i LEFT JOIN art_sessions a ON a.id = i.artwork_id
WHERE i.user_id = %s
  AND (i.viewed_at, i.artwork_id)
      < (coalesce('epoch'::timestamptz + %s::bigint * interval '1 microsecond', 'infinity'), %s)
ORDER BY i.viewed_at DESC, i.artwork_id DESC LIMIT %s
"""


class FreshUser(NamedTuple):
    """A user and what is left of the pool for them; ``viewed`` counts all artworks seen, ``seen``
    those of the pool as it is."""

    user: str
    viewed: int
    seen: int
    pool: int

    @property
    def unseen_percent(self) -> float:
        """Return the share of the pool that is unseen, 0 to 100; 0 of an empty pool."""
        return 100 * (self.pool - self.seen) / self.pool if self.pool else 0.0

    @property
    def band(self) -> str:
        """Return the roadmap's colour (5.1): green over 75 % unseen, red under 50 %."""
        if self.unseen_percent > 75:
            return "green"
        return "yellow" if self.unseen_percent >= 50 else "red"


class Users:
    """Reads users."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def page(self, after: str, limit: int, *, and_itself: bool = False) -> list[FreshUser]:
        """Return up to ``limit`` users after that one, or from it on, in order of their ids."""
        query = _FROM if and_itself else _AFTER
        return [FreshUser(*row) for row in await self._ask(query, (after, limit))]

    async def timeline(
        self, user: str, before_us: int | None, before_id: str, limit: int
    ) -> list[tuple[str, str, int]]:
        """Return what ``user`` has seen before that entry, newest first: id, title, microseconds
        since the epoch."""
        rows = await self._ask(_TIMELINE, (user, before_us, before_id, limit))
        return [(artwork, title, at_us) for artwork, title, at_us in rows]

    async def export(self) -> AsyncIterator[bytes]:
        """Yield all users as CSV, a part at a time: memory does not grow with their number."""
        yield line(HEADER).encode()
        after = ""
        while page := await self.page(after, _EXPORTED_AT_ONCE):
            yield "".join(map(exported, page)).encode()
            after = page[-1].user


def exported(user: FreshUser) -> str:
    """Return the line of one user."""
    figures = (user.viewed, user.seen, user.pool, f"{user.unseen_percent:.2f}")
    return line((cell(user.user), *map(str, figures), user.band))


def cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: ``'`` before one that could be."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def line(cells: tuple[str, ...]) -> str:
    """Return one line of CSV (RFC 4180), every cell in quotes."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
