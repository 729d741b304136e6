"""The database witness: appeared, vanished, doubled, and proof that somebody looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.process.processes import Processes
from harness.target.target import Table
from harness.witnesses import database as readback
from harness.witnesses.database import DatabaseWitness
from reports.checks.instrument.witnesses import BLIND_S_MAX
from servers.topology.postgres import Postgres

pytestmark = pytest.mark.stack

PATIENT_S = 60.0
"""A read that the machine holds up for half a second is followed by ten of rest."""


@pytest_asyncio.fixture
async def table(tmp_path: Path) -> AsyncIterator[psycopg.Connection[tuple[object, ...]]]:
    """Return a connection to a database with an impression table without any constraint."""
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE seen_art (who text, what text, at timestamp DEFAULT now())"
            )
            yield connection
        postgres.stop()


OTHER = Table(name="seen_art", user_column="who", artwork_column="what", viewed_column="at")


def rows_of(directory: Path) -> list[tuple[str, str, int]]:
    table = read_witness(directory / "database.arrows").table.to_pylist()
    return [(r["kind"], r["artwork"], r["copies"]) for r in table if r["artwork"]]


@pytest.mark.asyncio
async def test_it_sees_rows_come_double_and_go(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    insert = "INSERT INTO seen_art (who, what) VALUES ('ann', 'é')"
    with Ledger(tmp_path) as ledger:
        file = ledger.witness(DATABASE)
        witness = DatabaseWitness(table.info.dsn, OTHER, file)

        async def polled(steps: str) -> None:
            seen = file.rows
            table.execute(steps.encode())
            await wait_until("a change and a poll are recorded", lambda: file.rows >= seen + 2,
                             timeout_s=PATIENT_S)  # fmt: skip

        await witness.start()
        await polled(insert)
        await polled(insert)
        await polled("DELETE FROM seen_art")
        await polled(insert)
        assert await witness.final() == 1
        await witness.stop()
    assert rows_of(tmp_path) == [
        ("appeared", "é", 1),
        ("appeared", "é", 2),
        ("vanished", "é", 0),
        ("appeared", "é", 1),
        ("final_row", "é", 1),
    ]


@pytest.mark.asyncio
async def test_a_large_table_is_read_by_its_newest_rows_and_misses_nothing(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New, and committed late with an old time, in a transaction that had begun before: by the
    newest rows. Doubled and gone: the count tells what these do not."""
    monkeypatch.setattr(readback, "WHOLE_MAX", 3)
    whole_reads = []

    async def read_whole(self: DatabaseWitness) -> readback.Rows:
        whole_reads.append(1)
        return await really(self)

    really = DatabaseWitness._read
    monkeypatch.setattr(DatabaseWitness, "_read", read_whole)
    insert = "INSERT INTO seen_art (who, what, at) VALUES "
    table.execute(insert + "('ann', 'a', now()), ('ann', 'b', now()), ('bob', 'a', now())")
    with Ledger(tmp_path) as ledger:
        file = ledger.witness(DATABASE)
        witness = DatabaseWitness(table.info.dsn, OTHER, file)

        async def polled(steps: str, rows: int) -> None:
            seen = file.rows
            table.execute(steps.encode())
            await wait_until("the change is recorded", lambda: file.rows >= seen + rows,
                             timeout_s=PATIENT_S)  # fmt: skip

        await witness.start()
        await wait_until("a first poll", lambda: file.rows >= 4, timeout_s=PATIENT_S)
        before = len(whole_reads)
        with psycopg.connect(table.info.dsn) as slow:
            slow.execute(insert.encode() + b"('eve', 'a', now() - interval '1 day')")
            await polled(insert + "('cid', 'a', now()), ('cid', 'b', now())", 3)
            await polled(insert + "('dan', 'a', now() - interval '1 hour')", 2)
            seen = file.rows
            slow.commit()
        await wait_until("the slow one is recorded", lambda: file.rows >= seen + 2,
                         timeout_s=PATIENT_S)  # fmt: skip
        await wait_until("a poll without news", lambda: file.rows >= seen + 3, timeout_s=PATIENT_S)
        assert len(whole_reads) == before, "the newest rows sufficed"
        await polled(insert + "('cid', 'a', now())", 2)
        await polled("DELETE FROM seen_art WHERE who = 'ann' AND what = 'b'", 2)
        assert len(whole_reads) > before
        assert await witness.count() == await witness.final() == 7
        assert await witness.holds({("dan", "a"), ("cid", "b")})
        assert not await witness.holds({("ann", "b")})
        await witness.stop()
    changes = [row for row in rows_of(tmp_path) if row[0] in ("appeared", "vanished")]
    assert sorted(changes[:3]) == [("appeared", "a", 1), ("appeared", "a", 1), ("appeared", "b", 1)]
    assert changes[3:] == [
        ("appeared", "a", 1),
        ("appeared", "b", 1),
        ("appeared", "a", 1),
        ("appeared", "a", 1),
        ("appeared", "a", 2),
        ("vanished", "b", 0),
    ]


@pytest.mark.asyncio
async def test_a_time_without_a_zone_is_read_as_utc(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    table.execute("INSERT INTO seen_art VALUES ('ann', 'a', '2026-01-01 00:00:00.000001')")
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, OTHER, ledger.witness(DATABASE))
        await witness.final()
        await witness.stop()
    viewed = read_witness(tmp_path / "database.arrows").table["viewed_wall_ns"].to_pylist()
    assert 1_767_225_600_000_001_000 in viewed


@pytest.mark.asyncio
async def test_while_the_table_is_missing_no_poll_is_recorded(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    with Ledger(tmp_path) as ledger:
        file = ledger.witness(DATABASE)
        witness = DatabaseWitness(table.info.dsn, OTHER, file)
        await witness.start()
        await wait_until("a first poll", lambda: file.rows >= 1, timeout_s=PATIENT_S)
        table.execute("DROP TABLE seen_art")
        with pytest.raises(psycopg.Error):
            await witness.final()
        await witness.stop()


def counts_of(directory: Path) -> list[tuple[str, int]]:
    table = read_witness(directory / "database.arrows").table.to_pylist()
    kinds = ("roadmap_sql", "sentinel", "violations")
    return [(row["kind"], row["rows"]) for row in table if row["kind"] in kinds]


@pytest.mark.asyncio
async def test_the_roadmaps_query_is_asked_after_the_final_read(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    table.execute("INSERT INTO seen_art (who, what) VALUES ('ann', 'a'), ('ann', 'b')")
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, OTHER, ledger.witness(DATABASE))
        await witness.final()
        table.execute("INSERT INTO seen_art (who, what) VALUES ('ann', 'a'), ('bob', 'b')")
        await witness.final()
        await witness.stop()
    assert counts_of(tmp_path) == [("roadmap_sql", 0), ("roadmap_sql", 1)]
    assert ("roadmap_sql_row", "a", 2) in rows_of(tmp_path)


@pytest.mark.asyncio
async def test_a_violated_constraint_is_found_in_the_databases_own_log(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    log = tmp_path / "postgres.log"
    mute = tmp_path / "mute.log"
    mute.write_text("duplicate key value violates unique constraint, 23505\n")
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, OTHER, ledger.witness(DATABASE))
        await witness.violations(log)
        table.execute("CREATE UNIQUE INDEX ON seen_art (who, what)")
        insert = "INSERT INTO seen_art (who, what) VALUES ('ann', 'a')"
        table.execute(insert)
        table.execute(f"{insert} ON CONFLICT DO NOTHING")
        for _ in range(2):
            with pytest.raises(psycopg.errors.UniqueViolation):
                table.execute(insert)
        with pytest.raises(psycopg.errors.UndefinedTable):
            table.execute("SELECT * FROM nowhere")
        await witness.violations(log)
        await witness.violations(mute)
        await witness.stop()
    assert counts_of(tmp_path) == [("violations", 0), ("violations", 2)]


@pytest.mark.asyncio
async def test_a_violation_on_purpose_is_found_in_the_log_and_not_counted(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    log = tmp_path / "postgres.log"
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, OTHER, ledger.witness(DATABASE))
        await witness.violate()
        await witness.violate()
        await witness.violations(log)
        table.execute("CREATE UNIQUE INDEX ON seen_art (who, what)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            table.execute("INSERT INTO seen_art (who, what) VALUES ('ann', 'a'), ('ann', 'a')")
        await witness.violations(log)
        await witness.stop()
    ours = ("sentinel", 1)
    assert counts_of(tmp_path) == [ours, ours, ("violations", 0), ours, ours, ("violations", 1)]


@pytest.mark.asyncio
async def test_a_log_without_the_deliberate_violation_is_reported(
    table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    quiet = tmp_path / "quiet.log"
    quiet.write_text("2026-01-01 00:00:00.000 UTC [1] 00000 LOG:  ready\n")
    with Ledger(tmp_path) as ledger:
        witness = DatabaseWitness(table.info.dsn, OTHER, ledger.witness(DATABASE))
        await witness.violate()
        await witness.violations(quiet)
        await witness.stop()
    assert counts_of(tmp_path) == [("sentinel", 0), ("violations", 0)]


def test_the_witness_is_no_load_and_never_blind_for_longer_than_the_report_allows() -> None:
    assert readback.rest_s(0.001) == readback.POLL_INTERVAL_S
    assert readback.rest_s(0.1) == pytest.approx(2.0), "a twentieth of the time"
    for slow_read_s in (0.6, 3.0, 5.0, 7.0):
        assert readback.rest_s(slow_read_s) + slow_read_s < BLIND_S_MAX, "a flood is looked at too"
        assert readback.rest_s(slow_read_s) >= slow_read_s, "half of the time is rest"
