"""A trainer: reads, tries, keeps, and says what it did."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from servers.prediction import store
from servers.prediction.trainer import NothingKept, Trainer
from tests.servers.prediction.kept import kept_predictions, pool_of_people, see
from tests.servers.prediction.people import people

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def trainer(database: str) -> Trainer:
    return Trainer(database, components=6, seed=1, every_s=0.01)


async def test_tastes_are_learned_and_used(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        pool_of_people(connection)
        see(connection, people(120, 20, seed=1, taste=0.9))
    line = trainer(database).once()
    assert line.startswith("model 1, 2,400 views, ")
    assert ": used: hit rate " in line


async def test_popularity_is_not_beaten(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        pool_of_people(connection)
        see(connection, people(120, 20, seed=2, taste=0))
    assert ": not used, it does not beat popularity: hit rate " in trainer(database).once()


async def test_an_empty_table_is_no_error(database: str) -> None:
    await kept_predictions(database)
    line = trainer(database).once()
    assert line.endswith("not used: 0 users have impressions on both sides, 20 are needed")


async def test_another_one_that_trains_is_left_alone(database: str) -> None:
    await kept_predictions(database)
    with psycopg.connect(database, autocommit=True) as connection:
        assert store.turn_of(connection)
        assert trainer(database).once() == "another process is training; nothing was done"
    assert trainer(database).once().startswith("model 1,")


async def test_it_trains_until_it_is_stopped(database: str) -> None:
    await kept_predictions(database)
    one, lines = trainer(database), []

    def trained(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            one.stop()

    one.run(trained)
    assert [line.split(",")[0] for line in lines] == ["model 1", "model 2", "model 3"]


async def test_a_database_without_the_tables(database: str) -> None:
    with pytest.raises(NothingKept):
        trainer(database).once()


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        Trainer(f"host={tmp_path}", components=1, seed=1, every_s=1).run()
