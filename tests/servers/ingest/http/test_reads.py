"""What may be read, and that the freshness query is the fast one."""

from __future__ import annotations

import psycopg
import pytest

from harness.core.wait import wait_until
from servers.ingest.storage import store
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.ingest.stores import ScriptedStore

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


class RetiredStore(ScriptedStore):
    """One artwork has left the pool."""

    script = "UPDATE art_sessions SET pool_status = 'retired' WHERE id = 'artwork-0005'"


async def test_the_same_seed_gives_the_same_order(database: str) -> None:
    async with running(make_config(database, pool=50)) as site, visitor(site.url) as ann:
        orders = [
            [artwork["id"] for artwork in (await ann.get(path)).body["artworks"]]
            for path in (
                "/api/artworks?limit=50&seed=1",
                "/api/artworks?limit=50&seed=1",
                "/api/artworks?limit=50&seed=2",
                "/api/artworks?limit=10&seed=1",
            )
        ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == [f"artwork-{n:04}" for n in range(1, 51)]
    assert orders[3] == orders[0][:10]


async def test_fresh_is_what_is_active_and_not_seen(database: str) -> None:
    config = make_config(database)
    async with running(config, store_type=RetiredStore) as site, visitor(site.url) as ann:
        await ann.send(["artwork-0002", "artwork-0005", "not in the pool"])
        fresh = await ann.get("/api/artworks/fresh")
        share = await ann.get("/api/users/me/freshness")
        first = await ann.get("/api/artworks/fresh?limit=1")
    ids = [artwork["id"] for artwork in fresh.body["artworks"]]
    assert ids == ["artwork-0001", "artwork-0003", "artwork-0004"]
    assert [artwork["id"] for artwork in first.body["artworks"]] == ["artwork-0001"]
    assert share.body == {"viewed": 1, "total": 4, "unseenPercent": 75.0}


async def test_a_picture_is_listed_where_there_is_one(database: str) -> None:
    async with running(make_config(database, pool=2)) as site, visitor(site.url) as ann:
        async with await psycopg.AsyncConnection.connect(database) as connection:
            await connection.execute(
                "UPDATE art_sessions SET picture = '<svg/>' WHERE id = 'artwork-0002'"
            )
        lists = [(await ann.get(path)).body for path in ("/api/artworks/fresh", "/api/artworks")]
    for found in lists:
        pictures = {one["id"]: one.get("picture", "drawn by the page") for one in found["artworks"]}
        assert pictures == {"artwork-0001": "drawn by the page", "artwork-0002": "<svg/>"}


async def test_with_a_cache_an_answer_is_another_s_never_and_one_s_own_until_its_time_is_over(
    database: str,
) -> None:
    cached = make_config(database, freshness_cache="memory", freshness_ttl_s=3_600.0)
    fresh, share = "/api/artworks/fresh", "/api/users/me/freshness"
    async with running(cached) as site, visitor(site.url) as ann, visitor(site.url, "bob") as bob:
        before = [(await ann.get(path)).body for path in (fresh, share, f"{fresh}?limit=1")]
        await ann.send(["artwork-0001"])
        after = [(await ann.get(path)).body for path in (fresh, share, f"{fresh}?limit=1")]
        await bob.send(["artwork-0001", "artwork-0002"])
        assert (await bob.get(share)).body["viewed"] == 2
    assert after == before
    assert before[1]["viewed"] == 0
    assert [len(before[answer]["artworks"]) for answer in (0, 2)] == [5, 1]


async def test_an_empty_pool_has_no_share(database: str) -> None:
    async with running(make_config(database, pool=0)) as site, visitor(site.url) as ann:
        share = await ann.get("/api/users/me/freshness")
    assert share.body == {"viewed": 0, "total": 0, "unseenPercent": None}


@pytest.mark.parametrize("limit", ["0", "2001", "-1", "x", "", "1.5", "٣", "1" * 30])
async def test_a_limit_that_is_none_is_refused(database: str, limit: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.get("/api/artworks", params={"limit": limit})
    assert answer.status == 400


@pytest.mark.parametrize("path", ["/api/artworks/fresh", "/api/users/me/freshness"])
async def test_ones_own_freshness_needs_a_session(database: str, path: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as stranger:
        answer = await stranger.get(path)
    assert answer.status == 401


def _plan(database: str, query: str) -> str:
    with psycopg.connect(database) as connection:
        connection.execute("SET enable_nestloop = off")
        rows = connection.execute(f"EXPLAIN {query}", ("ann", 10)).fetchall()  # type: ignore[arg-type]
    return "\n".join(row[0] for row in rows)


async def test_the_freshness_query_is_an_anti_join_and_by_another_column_it_is_not(
    database: str,
) -> None:
    store_ = Store(make_config(database, pool=2_000))
    await store_.open()
    await store_.close()
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO user_art_impressions (user_id, artwork_id) "
            "SELECT 'user-' || n % 20, 'artwork-' || n FROM generate_series(1, 20000) n"
        )

    def vacuumed() -> bool:
        """Every page is marked as visible to all, which an older snapshot of anybody prevents."""
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE user_art_impressions, art_sessions")
            row = connection.execute(
                "SELECT bool_and(relallvisible >= relpages) FROM pg_class "
                "WHERE oid IN ('user_art_impressions'::regclass, 'art_sessions'::regclass)"
            ).fetchone()
        return row == (True,)

    await wait_until("the index alone is enough", vacuumed, timeout_s=30)
    slow = store._FRESH.replace("uai.artwork_id IS NULL", "uai.id IS NULL")
    assert slow != store._FRESH
    assert "Anti Join" in _plan(database, store._FRESH)
    assert "Index Only Scan" in _plan(database, store._FRESH)
    assert "Anti Join" not in _plan(database, slow)


async def test_a_read_without_a_database_is_a_503(database: str) -> None:
    class GoneStore(Store):
        async def prepare(self, pool: store.Pool) -> None:
            await self._reading.close()

    async with (
        running(make_config(database), store_type=GoneStore) as site,
        visitor(site.url) as ann,
    ):
        answer = await ann.get("/api/artworks")
        ready = await ann.get("/readyz")
    assert (answer.status, answer.body["error"]) == (503, "database_away")
    assert (ready.status, ready.body["ready"]) == (503, False)
