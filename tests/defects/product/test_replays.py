"""Every defect of the product's server changes what is stored, and its twin nothing."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from defects import registry
from defects.base import ServerDefect, Switch, installed
from servers.topology.postgres import Postgres
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if one.layer == "product"
    and isinstance(one, ServerDefect)
    and registry.module_of(name).parent.name in ("replays", "favourites")
}
HEARTS = {
    "subject": "ann",
    "changes": [{"id": "c1", "artworkId": "a", "favourite": True}],
}
REPLAYS = {
    "subject": "ann",
    "changes": [{"id": "r1", "artworkId": "a"}, {"id": "r2", "artworkId": "b"}],
}
STORED = """
SELECT artwork_id, replay_count, viewed_at = min(viewed_at) OVER () FROM user_art_impressions
ORDER BY 1
"""

HEARTS_STORED = "SELECT user_id, artwork_id, is_favourite, changes FROM favourites ORDER BY 1, 2"


async def played(postgres: Postgres) -> list[Any]:
    """Let users see, replay and set hearts, all of it twice; return what is stored and shared."""
    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    dsn = make_conninfo(postgres.dsn(), options=f"-csearch_path={schema}")
    config = make_config(dsn, improvements=("product",))
    async with (
        running(config) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
    ):
        await ann.send(["a", "b", "c"])
        for _ in range(2):
            await ann.post(REPLAYS, path="/api/history/replays")
            await ann.post(HEARTS, path="/api/favourites")
        bobs = {"id": "c1", "artworkId": "z", "favourite": True}
        await bob.post({"subject": "bob", "changes": [bobs]}, path="/api/favourites")
        link = (await ann.post({"subject": "ann"}, path="/api/shares")).body["token"]
        shared = (await bob.post({"token": link}, path="/api/shared")).body
    with psycopg.connect(dsn) as connection:
        return [
            *connection.execute(STORED).fetchall(),
            *connection.execute(HEARTS_STORED).fetchall(),
            shared,
        ]


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
async def test_it_changes_what_is_stored_and_its_twin_does_not(
    defect: ServerDefect, postgres: Postgres
) -> None:
    sound = await played(postgres)
    twin, defective = Switch(twin=True), Switch(twin=False)
    with installed(defect.overrides, twin):
        assert await played(postgres) == sound
    assert twin.hits
    with installed(defect.overrides, defective):
        assert await played(postgres) != sound
