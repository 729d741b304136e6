"""An erasure takes all of one user, in every table that there is, and nothing of another."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.ingest.product.erasure import ERASURE_PATH
from tests.servers.ingest.site import Visitor, make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
TABLES = """
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
USING (table_schema, table_name)
WHERE c.table_schema = current_schema() AND c.column_name = 'user_id'
  AND t.table_type = 'BASE TABLE' ORDER BY 1
"""
MORE = """
CREATE TABLE added_later (user_id text, what text);
INSERT INTO added_later SELECT user_id, 'x' FROM user_art_impressions;
INSERT INTO experiment_exposures (experiment, user_id, variant, first_at)
SELECT DISTINCT 'e', user_id, 'v', now() FROM user_art_impressions;
INSERT INTO prediction_models (users, artworks, views, components, seed, evaluation, is_used)
VALUES (1, 1, 1, 1, 1, '{}', true);
INSERT INTO predicted_artworks SELECT DISTINCT 1, user_id, 1, 'a' FROM user_art_impressions;
"""


def kept(database: str) -> dict[tuple[str, str], list[Any]]:
    """Every row by its table and user."""
    found: dict[tuple[str, str], list[Any]] = {}
    with psycopg.connect(database) as connection:
        connection.execute("SELECT fold_freshness()")
        for (table,) in connection.execute(TABLES).fetchall():
            query = f"SELECT user_id, t::text FROM {table} t ORDER BY 1, 2"
            for user, row in connection.execute(query.encode()).fetchall():
                found.setdefault((table, user), []).append(row)
    return found


async def lives(who: Visitor, user: str) -> None:
    """Do one of everything that the product keeps."""
    await who.send([f"artwork-{number:04}" for number in range(1, 18)])
    replay = [{"id": "r1", "artworkId": "artwork-0001"}]
    await who.post({"subject": user, "changes": replay}, path="/api/history/replays")
    heart = [{"id": "c1", "artworkId": "artwork-0001", "favourite": True}]
    await who.post({"subject": user, "changes": heart}, path="/api/favourites")
    assert (await who.post({"subject": user}, path="/api/shares")).status == 201


@pytest.mark.parametrize("counts", ["rollups", "predictive_pool"])
async def test_all_of_one_user_goes_and_all_of_another_stays(database: str, counts: str) -> None:
    names = ("product", "prediction", counts)
    config = make_config(database, improvements=names, pool=20)
    async with (
        running(config) as site,
        visitor(site.url) as ann,
        visitor(site.url, "Ann") as other,
    ):
        await lives(ann, "ann")
        await lives(other, "Ann")
        with psycopg.connect(database) as connection:
            connection.execute(MORE)
        before = kept(database)
        answer = await ann.post({"subject": "ann"}, path=ERASURE_PATH)
        assert answer.status == 200
        assert (await ann.get("/api/history")).status == 401
    after = kept(database)
    tables = {table for table, user in before if user == "ann"}
    wanted = {"user_art_impressions", "favourites", "favourite_changes", "impression_replays"}
    wanted |= {"shared_collections", "added_later", "experiment_exposures", "predicted_artworks"}
    assert wanted | {"user_freshness_base"} <= tables
    assert ("pool_jobs" in tables) == (counts == "predictive_pool")
    assert after == {place: rows for place, rows in before.items() if place[1] != "ann"}
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT * FROM freshness_drift").fetchall() == []
        assert connection.execute("SELECT sum(users) FROM freshness_buckets").fetchone() == (1,)


async def test_no_user_erases_another(database: str) -> None:
    async with (
        running(make_config(database, improvements=("product",))) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
        visitor(site.url, None) as outsider,
    ):
        await ann.send(["a"])
        assert (await bob.post({"subject": "ann"}, path=ERASURE_PATH)).status == 409
        assert (await outsider.post({"subject": "ann"}, path=ERASURE_PATH)).status == 401
        json = {"Content-Type": "application/json", "Origin": "https://elsewhere"}
        answer = await ann.post({"subject": "ann"}, path=ERASURE_PATH, headers=json)
        assert answer.status == 403
        assert len((await ann.get("/api/history")).body["entries"]) == 1


async def test_who_was_erased_begins_anew(database: str) -> None:
    async with running(make_config(database, improvements=("product",))) as site:
        for expected in (1, 1):
            async with visitor(site.url) as ann:
                await ann.send(["a"])
                assert len((await ann.get("/api/history")).body["entries"]) == expected
                answer = await ann.post({"subject": "ann"}, path=ERASURE_PATH)
                assert answer.body == {"erased": 1}
