"""What a user has seen, newest first, and that it was shown again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web
from psycopg.rows import TupleRow

from servers.ingest.batch import check_text
from servers.ingest.product.session import CHANGES_MAX, Changes, ProductContext
from servers.ingest.refusal import Refusal, json_response

HISTORY_PATH = "/api/history"
REPLAYS_PATH = "/api/history/replays"
ENTRIES_MAX = 100
"""Entries of one page."""
_MICROSECONDS_MAX = 2**53

# A page ends at a key, not at a number of rows: what a deletion takes away moves no entry from one
# page to another. The index on (user_id, viewed_at) serves it.
_ENTRIES = """
SELECT i.artwork_id, coalesce(a.title, i.artwork_id), a.picture,
       (extract(epoch FROM i.viewed_at) * 1000000)::bigint,
       i.replay_count, (extract(epoch FROM i.last_replayed_at) * 1000000)::bigint,
       coalesce(f.is_favourite, false)
FROM user_art_impressions i LEFT JOIN art_sessions a ON a.id = i.artwork_id
LEFT JOIN favourites f ON f.user_id = i.user_id AND f.artwork_id = i.artwork_id
WHERE i.user_id = %s
  AND (i.viewed_at, i.artwork_id) {comparison}
      (coalesce('epoch'::timestamptz + %s::bigint * interval '1 microsecond', 'infinity'), %s)
ORDER BY i.viewed_at DESC, i.artwork_id DESC LIMIT %s
"""
_BEFORE, _FROM = _ENTRIES.format(comparison="<"), _ENTRIES.format(comparison="<=")

# Only a replay that is new counts, and only a row that is there changes: the join makes none.
_REPLAY = """
WITH named AS (
    SELECT DISTINCT ON (id) id, artwork FROM unnest(%s::text[], %s::text[]) AS n (id, artwork)
    ORDER BY id
), new AS (
    INSERT INTO impression_replays (user_id, replay_id, artwork_id)
    SELECT i.user_id, n.id, n.artwork
    FROM named n JOIN user_art_impressions i ON i.user_id = %s AND i.artwork_id = n.artwork
    ORDER BY n.id COLLATE "C"
    ON CONFLICT (user_id, replay_id) DO NOTHING
    RETURNING artwork_id
), counted AS (
    UPDATE user_art_impressions i
    SET replay_count = i.replay_count + one.times, last_replayed_at = now()
    FROM (SELECT artwork_id, count(*)::integer AS times FROM new GROUP BY artwork_id) AS one
    WHERE i.user_id = %s AND i.artwork_id = one.artwork_id
    RETURNING one.times
)
SELECT coalesce(sum(times), 0)::bigint FROM counted
"""


class HistoryEntry(NamedTuple):
    """One impression in the history. Times are microseconds since the epoch."""

    artworkId: str  # noqa: N815 - the name in the answer
    title: str
    picture: str | None
    viewedAtUs: int  # noqa: N815
    replayCount: int  # noqa: N815
    lastReplayedAtUs: int | None  # noqa: N815
    favourite: bool


class ReplayShown(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An artwork was shown again; ``id`` is the same however often this is sent."""

    id: str
    artwork_id: str


class Replays(Changes):
    """The body of ``POST /api/history/replays``."""

    changes: list[ReplayShown]


_REPLAYS = msgspec.json.Decoder(Replays)


class HistoryApi:
    """The handlers of the history."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get(HISTORY_PATH, self.page), web.post(REPLAYS_PATH, self.replayed)]

    async def page(self, request: web.Request) -> web.Response:
        """Return a page of the signed-in user's history, newest first, and where the next begins.

        ``before`` and ``beforeId`` name the entry after which it begins, ``from`` and ``fromId``
        the one with which it begins.
        """
        user, limit = self._context.user_of(request), limit_of(request)
        begins = {"from", "fromId"} & {*request.query}
        if begins and {"before", "beforeId"} & {*request.query}:
            raise Refusal(400, "bad_query", "a page begins with an entry or after one, not both")
        name = "from" if begins else "before"
        moment, artwork = key_of(request, name, self._context.limits.id_bytes)
        rows = await self.read(user, moment, artwork, limit + 1, and_itself=name == "from")
        entries = [HistoryEntry(*row)._asdict() for row in rows[:limit]]
        last = HistoryEntry(*rows[limit - 1]) if len(rows) > limit else None
        following = last and {"before": str(last.viewedAtUs), "beforeId": last.artworkId}
        return json_response({"userId": user, "entries": entries, "next": following})

    async def read(
        self, user: str, moment: int | None, artwork: str, limit: int, *, and_itself: bool
    ) -> list[TupleRow]:
        """Return up to ``limit`` entries after that one, or from it on."""
        query = _FROM if and_itself else _BEFORE
        return await self._context.ask(query, (user, moment, artwork, limit))

    async def replayed(self, request: web.Request) -> web.Response:
        """Count artworks that were shown again; return how many of the replays were new."""
        user, body = await self._context.changes_of(request, _REPLAYS)
        if not 1 <= len(body.changes) <= CHANGES_MAX:
            raise Refusal(400, "bad_changes", f"changes are not 1 to {CHANGES_MAX}")
        for number, one in enumerate(body.changes):
            check_text(f"changes[{number}].id", one.id, self._context.limits.id_bytes)
            check_text(
                f"changes[{number}].artworkId", one.artwork_id, self._context.limits.id_bytes
            )
        return json_response({"counted": await self.count(user, body.changes)})

    async def count(self, user: str, replays: Sequence[ReplayShown]) -> int:
        """Count the replays that are new and return their number; none makes an impression."""
        ids, artworks = [one.id for one in replays], [one.artwork_id for one in replays]
        ((counted,),) = await self._context.ask(_REPLAY, (ids, artworks, user, user))
        return int(counted)


def limit_of(request: web.Request) -> int:
    """Return how many entries a page is to have; raise Refusal 400."""
    text = request.query.get("limit", "50")
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= ENTRIES_MAX):
        raise Refusal(400, "bad_query", f"limit is not a number from 1 to {ENTRIES_MAX}")
    return int(text)


def key_of(request: web.Request, name: str, bytes_max: int) -> tuple[int | None, str]:
    """Return the moment and the artwork of the entry that ``name`` and ``nameId`` mean; raise
    Refusal 400."""
    moment, artwork = request.query.get(name), request.query.get(f"{name}Id")
    if moment is None or artwork is None:
        if moment is not None or artwork is not None:
            raise Refusal(400, "bad_query", f"{name} and {name}Id belong together")
        return None, ""
    if not (moment.isascii() and moment.isdigit() and int(moment[:17]) < _MICROSECONDS_MAX):
        raise Refusal(400, "bad_query", f"{name} is not a moment in microseconds")
    check_text(f"{name}Id", artwork, bytes_max)
    return int(moment), artwork
