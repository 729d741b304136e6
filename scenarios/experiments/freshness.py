"""Questions about freshness, asked of the server during a load, each held against the table.

What is stored of a user is read just before the question: an answer that knows less of it is stale,
by as long as the first impression that it lacks has been there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import aiohttp
import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from harness.core.clock import every, now, seeded_random
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.activity import ActivityRow, Benched, BenchFigureName
from harness.target.dialect import Dialect, HttpRequest, Session
from harness.target.http import send

_POOL = """
INSERT INTO art_sessions (id, title, pool_status)
SELECT id, id, 'active' FROM unnest($1::text[]) AS id ON CONFLICT (id) DO NOTHING
"""
_STORED = """
SELECT extract(epoch FROM clock_timestamp())::float8,
       coalesce(array_agg(extract(epoch FROM viewed_at)::float8 ORDER BY viewed_at), '{}')
FROM user_art_impressions WHERE user_id = $1
"""
_ASKED = """
SELECT coalesce(sum(calls), 0)::float8, coalesce(sum(total_exec_time), 0)::float8
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query LIKE '%count(uai.artwork_id)%'
"""


class Stored(NamedTuple):
    """When it is (s since the epoch), and when each stored impression of a user came, oldest first;
    both by the database's host."""

    at_s: float
    came_s: Sequence[float]


def stale_s(stored: Stored, viewed: int) -> float:
    """Return how old an answer is that knows of ``viewed`` impressions, asked when ``stored`` was
    there: 0 when it knows of all of them."""
    if viewed >= len(stored.came_s):
        return 0.0
    return max(0.0, stored.at_s - stored.came_s[viewed]) or 1e-6


async def show_in_pool(connection: AsyncConnection, artworks: Sequence[str]) -> None:
    """Put artworks into the pool that freshness is about."""
    await AsyncRawCursor(connection).execute(_POOL.encode(), (list(artworks),))


class Asker:
    """Asks as users of a load, and writes every answer down."""

    def __init__(
        self,
        connection: AsyncConnection,
        witness: WitnessFile[ActivityRow],
        *,
        url: str,
        dialect: Dialect,
        sessions: Mapping[str, Session],
    ) -> None:
        """``connection`` reads the target's table, past the server; ``sessions``: user → theirs.

        Raises HarnessError for a system that answers no question about freshness.
        """
        self._connection = connection
        self._witness = witness
        self._url = url
        self._path: str = getattr(dialect, "freshness_path", "")
        self._sessions = sessions
        if not self._path:
            raise HarnessError("the target answers no question about freshness")

    async def ask_all(self, seed: int, *, per_s: float, count: int) -> None:
        """Ask ``count`` times, ``per_s`` a second, each time as a user whom the seed draws; write
        down at the end what the database did for it, where it counts that.

        Raises HarnessError for an answer that is none.
        """
        chance = seeded_random(seed, "who asks about freshness")
        users = list(self._sessions)
        before = await self._cost()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            async for _ in every(1 / per_s, count):
                await self._ask(http, chance.choice(users))
        after = await self._cost()
        if before and after:
            self._note("fresh_statements", after[0] - before[0])
            self._note("fresh_statement_ms", after[1] - before[1])

    async def _ask(self, http: aiohttp.ClientSession, user: str) -> None:
        [(at_s, came_s)] = await self._rows(_STORED, user)
        headers = self._sessions[user].headers
        start = now()
        reply = await send(
            http, self._url, HttpRequest(method="GET", path=self._path, headers=headers)
        )
        took_ms = (now().mono_ns - start.mono_ns) / 1e6
        if reply.status != 200:
            error = f"{self._path} was answered {reply.status} {reply.error or ''}"
            raise HarnessError(error.rstrip())
        self._note("fresh_answer_ms", took_ms)
        self._note("fresh_stale_s", stale_s(Stored(at_s, came_s), _viewed(reply.body)))

    async def _cost(self) -> tuple[float, float] | None:
        """Return how often the statement ran and for how long (ms); None if that is not counted."""
        try:
            [(calls, took_ms)] = await self._rows(_ASKED)
        except psycopg.Error:
            return None
        return float(calls), float(took_ms)

    async def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = AsyncRawCursor(self._connection)
        await cursor.execute(statement.encode(), parameters or None)
        return await cursor.fetchall() if cursor.description else []

    def _note(self, name: BenchFigureName, value: float) -> None:
        self._witness.saw(Benched(name=name, value=value))


def _viewed(body: bytes) -> int:
    try:
        return int(json.loads(body)["viewed"])
    except (ValueError, KeyError, TypeError) as error:
        raise HarnessError(f"an answer about freshness is {body[:80]!r}") from error
