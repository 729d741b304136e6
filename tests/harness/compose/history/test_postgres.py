"""A history in a PostgreSQL behaves as one in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, suites_of
from harness.compose.history.history import open_archive, open_history
from harness.compose.history.postgres import PostgresArchive
from harness.compose.history.sql import postgres as connected
from harness.core.errors import HarnessError, LedgerUnreadable
from harness.core.wait import wait_until
from harness.ledger.history.facts import canonical
from servers.topology.postgres import Postgres
from tests.servers.spawner import TestSpawner

pytestmark = pytest.mark.stack

NIGHTS = suites_of(Nights(count=3))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with TestSpawner() as spawner:
        postgres = Postgres(spawner, wait_until, Path(tmp_path_factory.mktemp("postgres")))
        asyncio.run(postgres.start())
        fields = psycopg.conninfo.conninfo_to_dict(postgres.dsn())
        host, name = str(fields.pop("host")).replace("/", "%2F"), fields.pop("dbname")
        more = "&".join(f"{key}={value}" for key, value in fields.items())
        yield f"postgresql:///{name}?host={host}&{more}"


def test_what_is_kept_there_comes_back(url: str) -> None:
    with open_archive(url) as archive:
        archive.write("suites", "notes", b"mine")
    with open_history(url) as history:
        assert all(history.add(facts) for facts in reversed(NIGHTS))
        assert not history.add(NIGHTS[0])
    with open_history(url) as history:
        assert [one.facts for one in history.whole(history.heads())] == NIGHTS
        assert [one.name for one in history.troubles] == ["notes"]
        history.rename("steady_load", "even_load")
        assert history.rebuild() == 3
        assert len(history.prune(1)) == 2
        assert [one.facts.started for one in history.heads()] == [NIGHTS[2].started]
        assert history.whole(history.heads())[0].facts.cells[0].scenario == "even_load"
        assert "password" not in history.archive.place


def test_a_corrupt_content_is_named(url: str) -> None:
    bad = canonical(replace(NIGHTS[0], suite="bad"))
    with open_archive(url) as archive:
        archive.write("suites", "0" * 64 + ".json", bad)
    with open_history(url) as history:
        named = {one.name: one.what for one in history.troubles}
        assert "altered or cut off" in named["0" * 64 + ".json"]


def test_what_is_not_there_and_a_mistake_are_one_line(url: str) -> None:
    with connected(url) as sql:
        with pytest.raises(LedgerUnreadable, match="has no suites/none"):
            PostgresArchive(sql).read("suites", "none")
        with pytest.raises(HarnessError, match=r"column .* does not exist"):
            sql.rows("SELECT nonsense")
