"""The schema: the roadmap's names, applied once, improvements only when asked for."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from servers.ingest.storage.migrate import improvements
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import make_config, rows

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

ROADMAP = {
    "user_art_impressions_unique_user_artwork": "UNIQUE INDEX .* btree \\(user_id, artwork_id\\)",
    "user_art_impressions_user_id_idx": "btree \\(user_id\\)",
    "user_art_impressions_artwork_id_idx": "btree \\(artwork_id\\)",
    "user_art_impressions_viewed_at_idx": "btree \\(viewed_at\\)",
    "user_art_impressions_user_viewed_idx": "btree \\(user_id, viewed_at\\)",
}


async def open_once(database: str, **changes: object) -> None:
    store = Store(make_config(database, **changes))
    try:
        await store.open()
    finally:
        await store.close()


def indexes(database: str) -> dict[str, str]:
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = 'user_art_impressions' AND indexname NOT LIKE '%_pkey'"
        ).fetchall()
    return dict(found)


async def test_the_first_migration_has_the_roadmaps_five_indexes(database: str) -> None:
    await open_once(database)
    found = indexes(database)
    assert set(found) == set(ROADMAP)
    with psycopg.connect(database) as connection:
        for name, pattern in ROADMAP.items():
            row = connection.execute("SELECT %s ~ %s", (found[name], pattern)).fetchone()
            assert row == (True,), found[name]


async def test_servers_that_start_together_migrate_once(database: str) -> None:
    await asyncio.gather(*(open_once(database) for _ in range(4)))
    with psycopg.connect(database) as connection:
        names = connection.execute("SELECT name FROM schema_migrations").fetchall()
    assert sorted(name for (name,) in names) == [
        "0001_schema",
        "0002_experiment_exposures",
        "0003_pictures",
        "0004_erasure",
    ]


async def test_improvements_come_when_asked_for_and_later_too(database: str) -> None:
    assert improvements() == [
        "admin",
        "covering_index",
        "lean_indexes",
        "prediction",
        "predictive_pool",
        "product",
        "rollups",
    ]
    await open_once(database)
    await open_once(database, improvements=("lean_indexes",))
    lean = indexes(database)
    assert "user_art_impressions_user_id_idx" not in lean
    assert "brin" in lean["user_art_impressions_viewed_at_brin"]
    await open_once(database, improvements=("covering_index",))
    assert "user_impressions_covering" in indexes(database)


@pytest.mark.parametrize("named", [("predictive_pool",), ("rollups", "predictive_pool")])
async def test_an_improvement_brings_what_it_needs(database: str, named: tuple[str, ...]) -> None:
    await open_once(database, improvements=named)
    await open_once(database, improvements=named)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT name FROM schema_migrations WHERE name LIKE 'improvement%' ORDER BY name"
        ).fetchall()
    assert found == [("improvement_predictive_pool",), ("improvement_rollups",)]


async def test_an_improvement_that_does_not_exist_changes_nothing(database: str) -> None:
    with pytest.raises(ValueError, match="no such improvement: faster"):
        await open_once(database, improvements=("faster",))
    assert indexes(database) == {}


async def test_a_pool_grows_and_never_shrinks(database: str) -> None:
    await open_once(database, pool=12_000)
    await open_once(database, pool=3)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT count(*), min(id), max(id), count(*) FILTER (WHERE pool_status = 'active') "
            "FROM art_sessions"
        ).fetchone()
    assert found == (12_000, "artwork-0001", "artwork-9999", 12_000)
    assert rows(database) == []
