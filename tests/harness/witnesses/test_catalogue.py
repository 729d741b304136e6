"""The catalogue's unique indexes, with what is wrong with them, and the settings of today."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import ROW_SECURITY
from harness.process.processes import Processes
from harness.target.session import APPLICATION
from harness.target.target import Table
from harness.witnesses.catalogue import SETTINGS, CatalogueWitness
from servers.topology.postgres import Postgres

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

SEEN = Table(name="seen_art", user_column="who", artwork_column="what")
INDEXES = """
CREATE TABLE seen_art (id serial PRIMARY KEY, who text, what text);
CREATE INDEX not_unique ON seen_art (who, what);
CREATE UNIQUE INDEX keeps ON seen_art (who, what) INCLUDE (id);
CREATE UNIQUE INDEX partial ON seen_art (who, what) WHERE id > 7;
CREATE UNIQUE INDEX expression ON seen_art (who, lower(what));
"""


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[psycopg.AsyncConnection]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        async with await psycopg.AsyncConnection.connect(
            postgres.dsn(), autocommit=True
        ) as connection:
            yield connection
        postgres.stop()


async def asked(
    dsn: str, table: Table, directory: Path, *, again: bool = False
) -> list[dict[str, Any]]:
    """Return what the witness wrote, ``detail`` decoded into the row; ``again``: as at the end."""
    directory.mkdir()
    with Ledger(directory) as ledger:
        witness = CatalogueWitness(dsn, table, ledger.witness(DATABASE))
        await (witness.ask_again() if again else witness.ask())
    rows = read_witness(directory / "database.arrows").table.to_pylist()
    return [row | json.loads(row["detail"] or "{}") for row in rows]


async def test_indexes_and_settings_are_written_down(
    database: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    for statement in INDEXES.strip().split(";\n"):
        await database.execute(statement.rstrip(";").encode())
    await database.execute("ALTER DATABASE postgres SET synchronous_commit = off")
    rows = await asked(database.info.dsn, SEEN, tmp_path / "run")
    indexes = {row["name"]: row for row in rows if row["kind"] == "unique_index"}
    assert indexes.keys() == {"seen_art_pkey", "keeps", "partial", "expression"}
    assert indexes["keeps"]["columns"] == ["who", "what"]
    assert indexes["expression"]["columns"] == ["who", ""]
    flags = ("is_valid", "is_partial", "folds")
    found = {name: [row.get(flag) for flag in flags] for name, row in indexes.items()}
    plain = found.pop("keeps")
    assert found["partial"] != plain
    assert found["expression"] == plain
    [answer] = [row for row in rows if row["kind"] == "unique_indexes"]
    assert (answer["rows"], answer["promised"]) == (4, ["who", "what"])
    settings = {row["name"]: row["value"] for row in rows if row["kind"] == "setting"}
    off = {"synchronous_commit": "off", ROW_SECURITY: "off"}
    assert settings == dict.fromkeys(SETTINGS, "on") | off


@pytest.mark.parametrize("forced", [True, False])
async def test_policies_that_choose_what_the_reader_sees_are_written_down(
    database: psycopg.AsyncConnection, tmp_path: Path, forced: bool
) -> None:
    """Of a table's owner they choose where they are forced."""
    for statement in (
        "CREATE ROLE reader LOGIN PASSWORD 'r'",
        "CREATE TABLE seen_art (who text, what text)",
        "ALTER TABLE seen_art OWNER TO reader",
        "ALTER TABLE seen_art ENABLE ROW LEVEL SECURITY",
        *["ALTER TABLE seen_art FORCE ROW LEVEL SECURITY"] * forced,
    ):
        await database.execute(statement.encode())
    dsn = psycopg.conninfo.make_conninfo(database.info.dsn, user="reader", password="r")
    rows = await asked(dsn, SEEN, tmp_path / "run")
    [value] = [row["value"] for row in rows if row.get("name") == ROW_SECURITY]
    assert value == ("on" if forced else "off")


async def test_a_table_that_promises_no_index_is_not_asked_for_one(
    database: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows = await asked(database.info.dsn, Table(unique=False), tmp_path / "run")
    assert {row["kind"] for row in rows} == {"setting"}


@pytest.mark.parametrize("waits", [True, False])
async def test_a_session_whose_commits_do_not_wait_shows_in_what_it_wrote(
    database: psycopg.AsyncConnection, tmp_path: Path, waits: bool
) -> None:
    """The harness's own sessions, which write too, are not among those that are counted."""
    await database.execute("CREATE ROLE writer LOGIN PASSWORD 'w'")
    await database.execute("CREATE TABLE seen_art (who text, what text)")
    await database.execute("GRANT INSERT ON seen_art TO writer")
    dsn = psycopg.conninfo.make_conninfo(database.info.dsn, user="writer", password="w")
    own = psycopg.conninfo.make_conninfo(dsn, application_name=APPLICATION)
    async with (
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as theirs,
        await psycopg.AsyncConnection.connect(own, autocommit=True) as ours,
    ):
        await theirs.execute(f"SET synchronous_commit = {'on' if waits else 'off'}".encode())
        for connection in (theirs, ours):
            await connection.execute("INSERT INTO seen_art VALUES ('a', 'b')")
        witness_rows: list[dict[str, Any]] = []

        async def is_counted() -> bool:
            for connection in (theirs, ours):
                await connection.execute("INSERT INTO seen_art VALUES ('a', 'b')")
            directory = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
            rows = await asked(database.info.dsn, SEEN, directory, again=True)
            found = [row for row in rows if row["kind"] == "sessions_committed"]
            witness_rows[:] = [row for row in found if row["role"] == "writer"]
            return bool(witness_rows)

        await wait_until("the session's counts are there", is_counted, timeout_s=20)
    [row] = witness_rows
    assert row["sessions"] == 1
    assert row["wal_records"] > 0
    assert (row["wal_flushes"] > 0) is waits


async def test_a_database_that_is_gone_is_an_error_once(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        gone = "postgresql://127.0.0.1:1/none"
        witness = CatalogueWitness(gone, SEEN, ledger.witness(DATABASE))
        with pytest.raises(HarnessError, match="cannot be read"):
            await witness.ask()
        await witness.ask_again()
