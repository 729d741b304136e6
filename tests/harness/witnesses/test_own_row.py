"""The harness's own row: in every read, in no count, and missed in a read of another table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, WitnessFile, read_witness
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import DatabaseRow
from harness.process.processes import Processes
from harness.target.target import Table
from harness.witnesses import database as readback
from harness.witnesses.database import DatabaseWitness, Rows
from harness.witnesses.own_row import OWN_USER, OwnRowsFound
from servers.topology.postgres import Postgres

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

SEEN = Table(name="seen_art", user_column="who", artwork_column="what", viewed_column="at")
MAKE = "CREATE TABLE {}seen_art (who text NOT NULL, what text, at timestamptz DEFAULT now())"
PATIENT_S = 60.0

Connection = psycopg.Connection[tuple[object, ...]]
Watch = Callable[[WitnessFile[DatabaseRow]], DatabaseWitness]


@pytest_asyncio.fixture
async def table(tmp_path: Path) -> AsyncIterator[Connection]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(MAKE.format("").encode())
            yield connection
        postgres.stop()


def rows_of(directory: Path, kind: str) -> list[dict[str, Any]]:
    table = read_witness(directory / "database.arrows").table.to_pylist()
    return [row for row in table if row["kind"] == kind]


@asynccontextmanager
async def watching(table: Connection, directory: Path) -> AsyncIterator[DatabaseWitness]:
    with Ledger(directory) as ledger:
        witness = DatabaseWitness(table.info.dsn, SEEN, ledger.witness(DATABASE), own_row=True)
        await witness.start()
        yield witness
        await witness.stop()


async def test_every_read_shows_it_and_none_counts_it(
    table: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both when the whole table is polled and when its newest rows are."""
    monkeypatch.setattr(readback, "WHOLE_MAX", 3)
    with Ledger(tmp_path) as ledger:
        file = ledger.witness(DATABASE)
        witness = DatabaseWitness(table.info.dsn, SEEN, file, own_row=True)
        await witness.start()
        for number in range(8):
            table.execute(b"INSERT INTO seen_art (who, what) VALUES ('ann', %s)", [f"a{number}"])
            seen = file.rows
            await wait_until("a poll is recorded", lambda: file.rows > seen, timeout_s=PATIENT_S)  # noqa: B023
        assert await witness.count() == 8
        assert await witness.holds([("ann", "a0"), ("ann", "a7")])
        assert [await witness.final(), await witness.final()] == [8, 8]
        await witness.stop()
    reads = rows_of(tmp_path, "poll") + rows_of(tmp_path, "final")
    assert {row["own_rows"] for row in reads} == {1}
    assert reads[-1]["rows"] == 8
    assert {row["user"] for row in rows_of(tmp_path, "final_row")} == {"ann"}
    assert {row["user"] for row in rows_of(tmp_path, "appeared")} == {"ann"}
    assert rows_of(tmp_path, "roadmap_sql")[0]["rows"] == 0
    written = rows_of(tmp_path, "own_row")
    assert {(row["user"][: len(OWN_USER)], row["detail"]) for row in written} == {
        (OWN_USER, '{"relation":"public.seen_art"}')
    }
    assert len({row["user"] for row in written}) == 2
    assert ['"last_own_rows":1' in row["detail"] for row in reads[-2:]] == [True, True]
    assert {row["rows"] for row in rows_of(tmp_path, "relations")} == {1}


async def test_a_read_of_another_schema_misses_it_and_says_where_it_is(
    table: Connection, tmp_path: Path
) -> None:
    async with watching(table, tmp_path) as witness:
        table.execute(b"CREATE SCHEMA other")
        table.execute(MAKE.format("other.").encode())
        await (await witness.connection()).execute("SET search_path TO other")
        assert await witness.final() == 0
    assert rows_of(tmp_path, "final")[0]["own_rows"] == 0
    assert {row["detail"] for row in rows_of(tmp_path, "own_row_unseen")} == {'{"is_kept":true}'}
    assert rows_of(tmp_path, "relations")[-1]["rows"] == 2


async def test_a_final_read_of_an_earlier_state_misses_the_last_one_and_says_so(
    table: Connection, tmp_path: Path
) -> None:
    async with watching(table, tmp_path) as witness:
        early = await witness._read()
        read = witness._read

        async def outdated() -> tuple[Rows, OwnRowsFound | None]:
            await read()
            rows, found = early
            assert found
            return rows, found._replace(last=0)

        witness._read = outdated  # type: ignore[method-assign]
        assert await witness.final() == 0
    assert {row["detail"] for row in rows_of(tmp_path, "own_row_unseen")} == {'{"is_kept":true}'}
    assert '"last_own_rows":0' in rows_of(tmp_path, "final")[0]["detail"]


async def test_a_table_that_drops_the_row_without_an_error_has_lost_it(
    table: Connection, tmp_path: Path
) -> None:
    table.execute(
        b"CREATE FUNCTION dropped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        b"CREATE TRIGGER dropped BEFORE INSERT ON seen_art FOR EACH ROW "
        b"EXECUTE FUNCTION dropped()"
    )
    async with watching(table, tmp_path) as witness:
        await witness.final()
    assert {row["detail"] for row in rows_of(tmp_path, "own_row_unseen")} == {'{"is_kept":false}'}


async def test_a_trigger_that_changes_ids_makes_no_read_an_earlier_one(
    table: Connection, tmp_path: Path
) -> None:
    table.execute(
        b"CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS "
        b"'BEGIN NEW.what := NEW.what || ''!''; RETURN NEW; END';"
        b"CREATE TRIGGER changed BEFORE INSERT ON seen_art FOR EACH ROW EXECUTE FUNCTION changed()"
    )
    async with watching(table, tmp_path) as witness:
        await witness.final()
        await witness.final()
    assert rows_of(tmp_path, "own_row_unseen") == []


async def test_a_row_that_was_deleted_is_not_in_its_relation(
    table: Connection, tmp_path: Path
) -> None:
    async with watching(table, tmp_path) as witness:
        table.execute(b"DELETE FROM seen_art")
        await witness.final()
    assert {row["detail"] for row in rows_of(tmp_path, "own_row_unseen")} == {'{"is_kept":false}'}


async def test_two_harnesses_on_one_table_find_each_other(
    table: Connection, tmp_path: Path
) -> None:
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
    with Ledger(tmp_path / "1") as one, Ledger(tmp_path / "2") as two:
        witnesses = [
            DatabaseWitness(table.info.dsn, SEEN, ledger.witness(DATABASE), own_row=True)
            for ledger in (one, two)
        ]
        for witness in witnesses:
            await witness.start()
        assert [await witness.final() for witness in witnesses] == [0, 0]
        for witness in witnesses:
            await witness.stop()
    others = [rows_of(tmp_path / name, "own_row_of_another") for name in ("1", "2")]
    assert [len(rows) for rows in others] == [1, 1]
    assert others[0][0]["user"] != others[1][0]["user"]


async def test_a_table_that_takes_no_such_row_is_one_clear_error(
    table: Connection, tmp_path: Path
) -> None:
    table.execute(b"ALTER TABLE seen_art ADD CHECK (length(who) < 9)")
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, SEEN, ledger.witness(DATABASE), own_row=True)
        with pytest.raises(HarnessError, match="seen_art takes no row of the harness"):
            await witness.start()
        await witness.stop()


SHAPES = ("own-a", "own-A", " own", "own\u00e9", "own" + "x" * 64 + "1", "own" + "x" * 64 + "2")


async def watched(
    table: Connection, directory: Path, change: Callable[[Rows], Rows] = lambda rows: rows
) -> dict[str, Any]:
    """Watch the table with ids of its own; return what the final read says of them, as JSON."""
    with Ledger(directory) as ledger:
        file = ledger.witness(DATABASE)
        witness = DatabaseWitness(table.info.dsn, SEEN, file, own_row=True, own_shapes=SHAPES)
        await witness.start()
        ask = witness.ask

        async def changed(query: Any, *parameters: object) -> list[tuple[Any, ...]]:
            found = await ask(query, *parameters)
            if query is not witness._query:
                return found
            rows = change({(row[0], row[1]): row[2:] for row in found})  # type: ignore[misc]
            return [(*key, *row) for key, row in rows.items()]

        witness.ask = changed  # type: ignore[method-assign]
        assert await witness.final() == 0
        assert await witness.count() == 0
        await witness.stop()
    [row] = rows_of(directory, "own_shapes")
    [final] = rows_of(directory, "final")
    assert '"counted":0' in final["detail"]
    return {"rows": row["rows"], **json.loads(row["detail"])}


async def test_ids_of_every_likeness_come_back_as_they_were_written(
    table: Connection, tmp_path: Path
) -> None:
    assert await watched(table, tmp_path) == {"rows": 6, "written": 6, "kept": 6}


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda rows: {(u, a.lower()): row for (u, a), row in rows.items()}, 5),
        (lambda rows: {(u.lower(), a): row for (u, a), row in rows.items()}, 0),
        (lambda rows: {(u, a[:64]): row for (u, a), row in rows.items()}, 4),
        (lambda rows: {(u, a.strip()): row for (u, a), row in rows.items()}, 5),
        (lambda rows: dict(list(rows.items())[:4]), None),
    ],
)
async def test_a_read_that_changes_them_returns_fewer_than_the_table_holds(
    table: Connection, tmp_path: Path, change: Callable[[Rows], Rows], rows: int | None
) -> None:
    found = await watched(table, tmp_path, change)
    assert found["kept"] == 6
    assert found["rows"] == rows or (rows is None and found["rows"] < 6)


async def test_a_table_that_changes_them_holds_fewer_than_were_written(
    table: Connection, tmp_path: Path
) -> None:
    table.execute(
        b"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        b"new.what := btrim(new.what); RETURN new; END $$"
    )
    table.execute(
        b"CREATE TRIGGER spoil BEFORE INSERT ON seen_art FOR EACH ROW EXECUTE FUNCTION spoil()"
    )
    found = await watched(table, tmp_path)
    assert found == {"rows": 5, "written": 6, "kept": 5, "changed": [" own"]}


async def test_a_table_that_takes_two_of_them_for_one_is_no_broken_run(
    table: Connection, tmp_path: Path
) -> None:
    """A unique constraint of the table is not violated: a log of the database shows none."""
    table.execute(b"ALTER TABLE seen_art ADD UNIQUE (who, what)")
    table.execute(
        b"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        b"new.what := upper(new.what); RETURN new; END $$"
    )
    table.execute(
        b"CREATE TRIGGER spoil BEFORE INSERT ON seen_art FOR EACH ROW EXECUTE FUNCTION spoil()"
    )
    found = await watched(table, tmp_path)
    assert (found["written"], found["kept"]) == (6, 0)  # none is in capitals as it was written


@pytest.mark.parametrize("off_s", [0, 7200])
@pytest.mark.parametrize("zone", ["timestamptz", "timestamp"])
async def test_the_time_of_its_row_is_compared_with_what_the_table_holds(
    table: Connection, tmp_path: Path, off_s: int, zone: str
) -> None:
    """A column without a zone holds what the harness wrote, in UTC."""
    table.execute(f"ALTER TABLE seen_art ALTER COLUMN at TYPE {zone}".encode())

    def later(rows: Rows) -> Rows:
        return {
            key: (copies, at + dt.timedelta(seconds=off_s), *more)  # type: ignore[misc]
            for key, (copies, at, *more) in rows.items()
        }

    await watched(table, tmp_path, later)
    [row] = rows_of(tmp_path, "own_time")
    found = json.loads(row["detail"])
    assert found["read_wall_ns"] - found["stored_wall_ns"] == off_s * 10**9
