"""A session of ours prepares nothing and reads times as they are, whatever its role has set."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.target.session import connected, opened
from servers.topology.postgres import Postgres

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, Path(tmp_path_factory.mktemp("postgres")))
        asyncio.run(postgres.start())
        yield postgres


@pytest.mark.asyncio
async def test_a_session_is_free_of_its_role_s_settings_and_prepares_nothing(
    postgres: Postgres,
) -> None:
    options = "-c datestyle=SQL,DMY -c timezone=Asia/Kathmandu -c statement_timeout=1"
    options += " -c default_transaction_read_only=on -c client_encoding=LATIN1"
    theirs = make_conninfo(postgres.dsn(), options=options)
    async with await connected(theirs) as connection:
        begun = await connection.execute(
            "SELECT reset_val FROM pg_settings WHERE name = 'statement_timeout'"
        )
        assert await begun.fetchone() == ("0",)
        for _ in range(20):
            cursor = await connection.execute("SELECT to_timestamp(%s), pg_sleep(0.002)", (0,))
        row = await cursor.fetchone()
        assert row is not None
        assert row[0].isoformat() == "1970-01-01T00:00:00+00:00"
        await connection.execute("CREATE TABLE written (n int)")
        prepared = await connection.execute("SELECT count(*) FROM pg_prepared_statements")
        assert await prepared.fetchone() == (0,)


@pytest.mark.asyncio
async def test_a_session_in_a_transaction_begins_with_one(postgres: Postgres) -> None:
    async with await connected(postgres.dsn(), autocommit=False) as connection:
        await connection.execute("SELECT 1")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


@pytest.mark.asyncio
async def test_an_empty_connection_string_is_no_database() -> None:
    """libpq would take the one of PGHOST, or of this machine's socket."""
    with pytest.raises(HarnessError, match="no database that the harness may connect to"):
        await connected("")


def test_an_opened_connection_commits_each_statement_and_is_closed(postgres: Postgres) -> None:
    with opened(postgres.dsn(), "open the table", name="who it is") as connection:
        [name] = connection.execute("SELECT current_setting('application_name')").fetchone() or [""]
        connection.execute("CREATE TABLE committed (n int)")
        with psycopg.connect(postgres.dsn()) as other:
            assert other.execute("SELECT count(*) FROM committed").fetchone() == (0,)
    assert name == "who it is"
    assert connection.closed


def test_a_failed_connection_names_its_purpose_and_no_password(
    postgres: Postgres,
) -> None:
    wrong = make_conninfo(postgres.dsn(), password="not-this-one", user="missing_role")
    with pytest.raises(HarnessError) as caught, opened(wrong, "open the history", name="n"):
        pytest.fail("missing_role has connected")
    assert caught.value.line.startswith("cannot open the history ")
    assert "PGPASSWORD" in caught.value.line
    assert "not-this-one" not in caught.value.line
