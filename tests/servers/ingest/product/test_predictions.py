"""Predictions: ten unseen ones, of the user who asks, by the model and then by popularity."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.ingest.product.predictions import PREDICTIONS_PATH
from tests.servers.ingest.site import Visitor, make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def config(database: str) -> Any:
    return make_config(database, pool=14, improvements=("prediction",))


def artwork(number: int) -> str:
    return f"artwork-{number:04}"


def keep(
    database: str, *, lists: dict[str, list[int]] | None = None, popular: tuple[int, ...] = ()
) -> int:
    """Keep a model with lists for some users; return its version."""
    with psycopg.connect(database, autocommit=True) as connection:
        ((version,),) = connection.execute(
            "INSERT INTO prediction_models (users, artworks, views, components, seed, evaluation,"
            " is_used) VALUES (1, 1, 1, 1, 1, '{}', true) RETURNING version"
        ).fetchall()
        for user, numbers in (lists or {}).items():
            for rank, number in enumerate(numbers):
                connection.execute(
                    "INSERT INTO predicted_artworks VALUES (%s, %s, %s, %s)",
                    (version, user, rank, artwork(number)),
                )
        for rank, number in enumerate(popular):
            connection.execute(
                "INSERT INTO popular_artworks VALUES (%s, %s, %s)",
                (version, rank, artwork(number)),
            )
    return int(version)


async def predicted(one: Visitor) -> list[tuple[str, str]]:
    body = (await one.get(PREDICTIONS_PATH)).body
    return [(entry["artworkId"], entry["ranking"]) for entry in body["artworks"]]


async def test_before_the_first_model_there_are_none(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        body = (await ann.get(PREDICTIONS_PATH)).body
    assert body == {"userId": "ann", "version": None, "artworks": []}


async def test_the_model_comes_first_and_popularity_fills_up(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        keep(database, lists={"ann": [3, 1]}, popular=(1, 2, 3, 4))
        found = await predicted(ann)
    assert found == [
        (artwork(3), "model"),
        (artwork(1), "model"),
        (artwork(2), "popularity"),
        (artwork(4), "popularity"),
    ]


async def test_what_was_seen_since_is_left_out(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        keep(database, lists={"ann": [3, 1, 2]}, popular=(1, 2, 3))
        await ann.send([artwork(1), artwork(3)])
        found = await predicted(ann)
    assert found == [(artwork(2), "model")]


async def test_a_user_of_whom_nothing_is_known_gets_the_popular_ones(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url, "bob") as bob:
        keep(database, lists={"ann": [3]}, popular=(2, 1))
        found = await predicted(bob)
    assert found == [(artwork(2), "popularity"), (artwork(1), "popularity")]


async def test_ten_at_most_and_of_the_active_pool(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        keep(database, lists={"ann": list(range(1, 15))})
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE art_sessions SET pool_status = 'old' WHERE id = %s",
                               (artwork(2),))  # fmt: skip
        found = await predicted(ann)
    assert [name for name, _ in found] == [artwork(n) for n in (1, *range(3, 12))]


async def test_the_last_model_counts(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url) as ann:
        keep(database, lists={"ann": [3]})
        keep(database, lists={"ann": [5]})
        found = await predicted(ann)
    assert found == [(artwork(5), "model")]


async def test_an_outsider_is_refused_and_another_server_has_none(database: str) -> None:
    async with running(config(database)) as site, visitor(site.url, None) as outsider:
        assert (await outsider.get(PREDICTIONS_PATH)).status == 401
    plain = make_config(database)
    async with running(plain) as site, visitor(site.url) as ann:
        assert (await ann.get(PREDICTIONS_PATH)).status == 404
