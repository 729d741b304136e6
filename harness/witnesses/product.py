"""What the product has stored, read past the server: how often each impression was replayed,
and which artworks are favourites.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from psycopg import sql

from harness.core.clock import now
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.database import (
    AccessesRead,
    AccessKept,
    DatabaseRow,
    FavouriteKept,
    FavouritesRead,
    ReplaysKept,
    ReplaysRead,
    RowsExpired,
    UserKept,
)
from harness.target.reference.dashboard import ACCESSES
from harness.target.reference.product import (
    EXPIRE,
    FAVOURITES,
    KEEPS_DELTAS,
    RECOMMEND,
    REPLAY_COUNTS,
    TABLES_OF_USERS,
    UNFOLDED,
)
from harness.target.session import connected

_KEPT = sql.SQL(
    "SELECT count(*), coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') "
    "FROM {} t WHERE user_id = %s"
)


async def read_replays(
    dsn: str, database: WitnessFile[DatabaseRow], *, total: int, timeout_s: float
) -> None:
    """Write down how often each impression was replayed, once it is ``total`` times in all.

    After ``timeout_s`` it is written down as it is then.
    """
    rows = await _rows(dsn, REPLAY_COUNTS, f"{total} replays are counted", total, timeout_s)
    at = now()
    for user, artwork, count in rows:
        database.saw(ReplaysKept(user=user, artwork=artwork, replays=count), at=at)
    database.saw(ReplaysRead(found=len(rows)), at=at)


async def read_favourites(
    dsn: str, database: WitnessFile[DatabaseRow], *, total: int, timeout_s: float
) -> None:
    """Write down every heart of the table, once there are ``total`` changes in all.

    After ``timeout_s`` it is written down as it is then.
    """
    rows = await _rows(dsn, FAVOURITES, f"{total} changes are made", total, timeout_s)
    at = now()
    for user, artwork, changes, is_on in rows:
        row = FavouriteKept(user=user, artwork=artwork, changes=changes, favourite=is_on)
        database.saw(row, at=at)
    database.saw(FavouritesRead(found=len(rows)), at=at)


async def read_accesses(dsn: str, database: WitnessFile[DatabaseRow]) -> None:
    """Write down what the log of the dashboard holds now: a row is there before its answer."""
    rows = await _rows(dsn, ACCESSES, "the accesses are read", 0, 1.0)
    at = now()
    for user, part, is_let_in, times in rows:
        row = AccessKept(user=user, part=part, is_let_in=is_let_in, times=times)
        database.saw(row, at=at)
    database.saw(AccessesRead(found=len(rows)), at=at)


async def read_user(
    dsn: str,
    database: WitnessFile[DatabaseRow],
    user: str,
    *,
    is_erased: bool,
    is_after: bool,
    timeout_s: float,
) -> None:
    """Write down what each table that has a column ``user_id`` holds of a user.

    It waits until all that was seen is added up, which moves rows from one table to another; raises
    WaitTimeout when it is not.
    """
    async with await connected(dsn) as connection:

        async def asked(query: str, *parameters: object) -> list[tuple[Any, ...]]:
            return await (await connection.execute(query.encode(), parameters)).fetchall()

        tables = [str(name) for (name,) in await asked(TABLES_OF_USERS)]
        if (await asked(KEEPS_DELTAS))[0][0]:

            async def is_folded() -> bool:
                return bool((await asked(UNFOLDED))[0][0] == 0)

            await wait_until("all is added up", is_folded, timeout_s=timeout_s, interval_s=0.2)
        for table in tables:
            query = _KEPT.format(sql.Identifier(table)).as_string(connection)
            ((rows, digest),) = await asked(query, user)
            database.saw(
                UserKept(
                    user=user,
                    table=table,
                    is_after=is_after,
                    is_erased=is_erased,
                    held=rows,
                    digest=digest,
                )
            )


async def recommend(dsn: str, artworks: Sequence[str], picture_bytes: int) -> None:
    """Make a model of the server by which these artworks are the most popular, seen or not."""
    async with await connected(dsn) as connection:
        await connection.execute(RECOMMEND.encode(), (picture_bytes, list(artworks)))


async def expire(
    dsn: str, database: WitnessFile[DatabaseRow], user: str, artworks: Sequence[str]
) -> None:
    """Delete impressions as a job does that keeps them for a time only, and write it down."""
    async with await connected(dsn) as connection:
        cursor = await connection.execute(EXPIRE.encode(), (user, list(artworks)))
        gone = tuple(sorted(str(one) for (one,) in await cursor.fetchall()))
    database.saw(RowsExpired(user=user, artworks=gone))


async def _rows(
    dsn: str, query: str, what: str, total: int, timeout_s: float
) -> list[tuple[Any, ...]]:
    """Return the rows once their third column adds up to ``total``, or as they are then."""
    found: list[tuple[Any, ...]] = []
    async with await connected(dsn) as connection:

        async def is_whole() -> bool:
            found[:] = await (await connection.execute(query.encode())).fetchall()
            return bool(sum(row[2] for row in found) >= total)

        with contextlib.suppress(WaitTimeout):
            await wait_until(what, is_whole, timeout_s=timeout_s, interval_s=0.2)
    return found
