"""Models are kept whole, with lists only if they are used."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.prediction import store
from servers.prediction.evaluation import evaluate
from servers.prediction.rankings import Factors
from servers.prediction.seen import seen_of
from tests.servers.prediction.kept import kept_predictions
from tests.servers.prediction.people import POOL, people

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def keep(connection: psycopg.Connection[Any], *, taste: float) -> int:
    views = people(120, 20, seed=1, taste=taste)
    evaluation = evaluate(views, POOL, components=6, seed=1)
    seen = seen_of(views, POOL)
    model = Factors(seen, components=6, seed=1)
    return store.save(connection, seen, model, evaluation, seed=1)


def count(connection: psycopg.Connection[Any], table: str) -> int:
    ((number,),) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()
    return int(number)


async def test_a_model_that_is_used_has_a_list_for_each_user(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        version = keep(connection, taste=0.9)
        assert count(connection, "predicted_artworks") == 120 * store.LIST_LENGTH
        assert count(connection, "popular_artworks") == len(POOL)
        [row] = connection.execute(
            "SELECT version, users, artworks, views, components, is_used,"
            " evaluation->>'gain_low' FROM prediction_models"
        ).fetchall()
    assert row[:6] == (version, 120, 120, 2400, 6, True)
    assert float(row[6]) > 0


async def test_one_that_is_not_has_the_popular_ones_alone(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        keep(connection, taste=0)
        assert count(connection, "predicted_artworks") == 0
        [first] = connection.execute(
            "SELECT artwork_id FROM popular_artworks WHERE rank = 0"
        ).fetchall()
        [(used,)] = connection.execute("SELECT is_used FROM prediction_models").fetchall()
    assert (first[0], used) == (POOL[0], False)


async def test_nothing_seen_keeps_the_pool_in_its_order(database: str) -> None:
    await kept_predictions(database)
    evaluation = evaluate([], POOL, components=6, seed=1)
    with psycopg.connect(database, autocommit=True) as connection:
        store.save(connection, seen_of([], POOL), None, evaluation, seed=1)
        [(gain, reason)] = connection.execute(
            "SELECT evaluation->'gain', evaluation->>'reason' FROM prediction_models"
        ).fetchall()
    assert gain is None
    assert reason.startswith("0 users")


async def test_the_last_five_stay(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        versions = [keep(connection, taste=0) for _ in range(store.KEPT_MODELS + 2)]
        kept = connection.execute("SELECT version FROM prediction_models ORDER BY 1").fetchall()
        assert count(connection, "popular_artworks") == store.KEPT_MODELS * len(POOL)
    assert [row[0] for row in kept] == versions[2:]


async def test_one_process_trains_at_a_time(database: str) -> None:
    await kept_predictions(database)
    with (
        psycopg.connect(database, autocommit=True) as one,
        psycopg.connect(database, autocommit=True) as another,
    ):
        assert store.turn_of(one)
        assert not store.turn_of(another)
        store.give_up_turn(one)
        assert store.turn_of(another)


async def test_tables_that_are_not_there(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        assert not store.is_kept(connection)
