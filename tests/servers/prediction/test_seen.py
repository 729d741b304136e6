"""The matrix: what was seen and nothing else, read at one moment."""

from __future__ import annotations

import psycopg
import pytest

from servers.prediction.seen import UserView, read_views, seen_of
from tests.servers.prediction.kept import kept_predictions, see


def test_a_matrix_of_ones() -> None:
    views = [UserView("bob", "y", 5.0), UserView("ann", "x", 1.0), UserView("bob", "retired", 2.0)]
    seen = seen_of([*views, views[0]], ["x", "y"])
    assert (seen.users, seen.pool, seen.views) == (("bob", "ann"), ("x", "y"), 2)
    assert seen.matrix.toarray().tolist() == [[0, 1], [1, 0]]
    assert seen.popularity().tolist() == [1, 1]
    assert seen.of_user(0).tolist() == [1]
    assert seen.of_a_new_user().tolist() == []


def test_nothing_seen() -> None:
    seen = seen_of([], ["x", "y"])
    assert (seen.views, seen.matrix.shape, seen.popularity().tolist()) == (0, (0, 2), [0, 0])


@pytest.mark.stack
@pytest.mark.asyncio
async def test_views_are_read_by_time_of_the_active_pool(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        see(
            connection,
            [UserView("bob", "artwork-0002", 20.0), UserView("ann", "artwork-0001", 10.5)],
        )
        see(connection, [UserView("ann", "not in the pool", 30.0)])
        connection.execute("UPDATE art_sessions SET pool_status = 'old' WHERE id = 'artwork-0005'")
        see(connection, [UserView("ann", "artwork-0005", 40.0)])
        views, pool = read_views(connection)
    assert views == [UserView("ann", "artwork-0001", 10.5), UserView("bob", "artwork-0002", 20.0)]
    assert pool == ["artwork-0001", "artwork-0002", "artwork-0003", "artwork-0004"]
