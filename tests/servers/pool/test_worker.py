"""A worker carries out what is due, gives back what fails, and outlives its database's absence."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg
import pytest

from harness.core.wait import block_until
from servers.pool.generator import ArtworkGenerator, SvgGenerator
from servers.pool.jobs import JobCounts, Jobs, counts
from servers.pool.worker import NoJobsKept, PoolWorker
from tests.servers.pool.kept_pool import Failing, pool_of, see

pytestmark = pytest.mark.stack

SOON_S = 20.0


@pytest.fixture
def kept(database: str) -> Iterator[psycopg.Connection]:
    with pool_of(database) as connection:
        yield connection


def worker_of(database: str, generator: ArtworkGenerator | None = None) -> PoolWorker:
    made_by = generator or SvgGenerator()
    return PoolWorker(database, "one", made_by, lease_s=60, attempts_max=2, poll_s=0.02)


@contextlib.contextmanager
def at_work(worker: PoolWorker) -> Iterator[threading.Thread]:
    ready = threading.Event()
    thread = threading.Thread(target=worker.run, args=(ready.set,))
    thread.start()
    assert ready.wait(SOON_S)
    try:
        yield thread
    finally:
        worker.stop()
        thread.join()


def all_done(connection: psycopg.Connection, jobs: int) -> None:
    block_until(
        "all jobs are done",
        lambda: counts(connection) == JobCounts(waiting=0, running=0, done=jobs, dead=0),
        timeout_s=SOON_S,
    )


def test_it_carries_out_what_was_ordered_before_and_while_it_works(
    kept: psycopg.Connection, database: str
) -> None:
    see(kept, "ann", range(1, 86))
    with at_work(worker_of(database)):
        all_done(kept, 1)
        see(kept, "ann", range(86, 101))  # 100 of 110
        all_done(kept, 3)
    found = kept.execute("SELECT count(*) FROM art_sessions WHERE job_id IS NOT NULL").fetchone()
    assert found == (10 + 10 + 20,)


@pytest.mark.parametrize(
    ("generator", "error"),
    [
        (Failing(failures=1), "RuntimeError: no model"),
        (Failing(missing=1), "ValueError: 9 artworks were made, not 10"),
    ],
)
def test_what_fails_goes_back(
    kept: psycopg.Connection, database: str, generator: Failing, error: str
) -> None:
    see(kept, "ann", range(1, 86))
    jobs = Jobs(kept, "one", lease_s=60, attempts_max=2)
    worker = worker_of(database, generator)
    assert worker.step(jobs)
    assert kept.execute("SELECT state, error FROM pool_jobs").fetchone() == ("waiting", error)
    generator.missing = 0
    kept.execute("UPDATE pool_jobs SET due_at = clock_timestamp()")
    assert worker.step(jobs)
    assert not worker.step(jobs)
    assert counts(kept).done == 1


def test_it_comes_back_to_a_database_that_ended_its_connection(
    kept: psycopg.Connection, database: str
) -> None:
    with at_work(worker_of(database)):
        kept.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'pool worker one'"
        )
        see(kept, "ann", range(1, 86))
        all_done(kept, 1)


def test_it_stops_when_asked(kept: psycopg.Connection, database: str) -> None:
    with at_work(worker_of(database)) as thread:
        assert thread.is_alive()
    assert not thread.is_alive()


def test_a_database_without_jobs_is_refused(database: str) -> None:
    with pytest.raises(NoJobsKept):
        worker_of(database).run()


def test_a_database_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(psycopg.OperationalError):
        worker_of("postgresql://127.0.0.1:1/nowhere").run()
