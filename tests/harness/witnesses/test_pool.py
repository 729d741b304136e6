"""The pool witness writes what changed from one snapshot of the database to the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.core.wait import block_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import POOL
from harness.witnesses.pool import PoolWitness
from tests.servers.conftest import database, postgres, spawner
from tests.servers.pool.kept_pool import grow, pool_of, see

pytestmark = pytest.mark.stack
__all__ = ["database", "postgres", "spawner"]


def sampled(witness: PoolWitness) -> None:
    aim = witness.samples + 2
    block_until("a snapshot was taken", lambda: witness.samples >= aim, timeout_s=20)


def rows(directory: Path) -> Iterator[dict[str, Any]]:
    for row in read_witness(directory / "pool.arrows").table.to_pylist():
        yield {key: value for key, value in row.items() if value is not None}


def test_what_changes_is_written_once(database: str, tmp_path: Path) -> None:
    with pool_of(database) as connection, Ledger(tmp_path) as ledger:
        witness = PoolWitness(database, ledger.witness(POOL))
        witness.start()
        sampled(witness)
        see(connection, "ann", range(1, 86))
        sampled(witness)
        grow(connection, 10)
        connection.execute("UPDATE pool_jobs SET state = 'done', attempts = 2")
        witness.stop()
        assert witness.failure() == ""
        assert [job.state for job in witness.jobs] == ["done"]
    found = list(rows(tmp_path))
    kinds = [row["kind"] for row in found]
    assert kinds == [
        "pool_size",
        "user_viewed",
        "job_changed",
        "pool_size",
        "job_changed",
        "pool_watched",
    ]
    assert [row["size"] for row in found if row["kind"] == "pool_size"] == [100, 110]
    [crossed, ordered] = found[1:3]
    assert crossed["sample"] == ordered["sample"]
    assert (crossed["user"], crossed["viewed"]) == ("ann", 85)
    assert (ordered["level"], ordered["epoch"], ordered["made"]) == ("85", 2, 0)
    assert found[4]["attempts"] == 2
    assert found[-1]["samples"] == witness.samples


def test_a_database_without_jobs_has_users_all_the_same(database: str, tmp_path: Path) -> None:
    with pool_of(database, 20, "rollups") as connection, Ledger(tmp_path) as ledger:
        see(connection, "ann", range(1, 4))
        witness = PoolWitness(database, ledger.witness(POOL))
        witness.start()
        witness.stop()
    assert [row["kind"] for row in rows(tmp_path)] == ["pool_size", "user_viewed", "pool_watched"]


def test_a_database_that_is_away_is_a_failure_and_no_end(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        witness = PoolWitness("postgresql://127.0.0.1:1/nowhere", ledger.witness(POOL))
        witness.start()
        witness.stop()
        assert "127.0.0.1" in witness.failure()
    assert list(rows(tmp_path)) == []
