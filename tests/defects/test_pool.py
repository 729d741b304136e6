"""Every defect of the pool changes what is ordered or made, and its twin nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from defects import registry
from defects.base import ServerDefect, Switch, WorkerDefect, installed
from servers.ingest.config import Config
from servers.ingest.storage.store import Share, Store
from servers.pool.generator import NewArtwork, PoolJob, SvgGenerator
from servers.pool.jobs import Jobs
from servers.pool.worker import PoolWorker
from servers.topology.postgres import Postgres
from tests.servers.pool.kept_pool import grow

pytestmark = pytest.mark.stack

DEFECTS = {name: one for name, one in registry.all_defects().items() if one.layer == "pool"}
FIRST_S = 1_700_000_000.0
POOL = 20
JOBS = "SELECT user_id, level, epoch FROM pool_jobs ORDER BY user_id, level, epoch"
BOOKS = (
    "SELECT level, state, (SELECT count(*) FROM art_sessions WHERE job_id = j.id) FROM pool_jobs j"
)


def artworks(first: int, last: int) -> list[str]:
    return [f"artwork-{number:04}" for number in range(first, last + 1)]


async def viewed(dsn: str) -> list[Any]:
    """Write batches; return the jobs as they are right after each."""
    config = Config(
        database=dsn, secret=b"s", lifetime="l", pool=POOL, improvements=("predictive_pool",)
    )
    store = Store(config)
    await store.open()
    seen: list[Any] = []
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for shares in (
                [Share("ann", artworks(1, 16), FIRST_S)],
                [Share("ann", artworks(1, 16), FIRST_S)],
                [Share("ann", artworks(16, 19), FIRST_S)],
                [Share("bob", artworks(1, 18), FIRST_S), Share("bob", artworks(1, 17), FIRST_S)],
                [],
                [Share("ann", [*artworks(20, 20), *(f"more-{n}" for n in range(1, 10))], FIRST_S)],
            ):
                if shares:
                    await store.write(shares)
                else:
                    grow(connection, 10)
                seen.append(sorted(connection.execute(JOBS).fetchall()))
    finally:
        await store.close()
    return seen


class Spying:
    """Makes artworks, and notes what the database says of the job meanwhile."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.seen: list[Any] = []

    def make(self, job: PoolJob) -> Sequence[NewArtwork]:
        self.seen += self.connection.execute(BOOKS).fetchall()
        return SvgGenerator().make(job)


def worked(dsn: str) -> list[Any]:
    """Have a job taken from a worker that is too slow, and another one carried out."""
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(3)]
    with closing(connections[0]) as one, closing(connections[1]) as two, closing(connections[2]):
        slow = Jobs(one, "slow", lease_s=0, attempts_max=9)
        quick = Jobs(two, "quick", lease_s=60, attempts_max=9)
        first = slow.take()
        again = quick.take()
        seen: list[Any] = [first, again]
        if first is not None and again is not None:
            seen.append(quick.finish(again, SvgGenerator().make(again)))
            seen.append(slow.finish(first, SvgGenerator().make(first)))
        seen.append(sorted(one.execute(BOOKS).fetchall()))
        spying = Spying(connections[2])
        worker = PoolWorker(dsn, "w", spying, lease_s=60, attempts_max=9, poll_s=1)
        while worker.step(quick):
            pass
        return [*seen, spying.seen, sorted(one.execute(BOOKS).fetchall())]


@contextmanager
def schema(postgres: Postgres) -> Iterator[str]:
    name = f"pool_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            yield make_conninfo(postgres.dsn(), options=f"-csearch_path={name}")
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def lived(postgres: Postgres, defect: ServerDefect | WorkerDefect | None, switch: Switch) -> Any:
    """View, then work, with a defect, its twin or neither; return what is shown."""
    both = defect.overrides if defect else {}
    with schema(postgres) as dsn, installed(both, switch):
        return [asyncio.run(viewed(dsn)), worked(dsn)]


@pytest.fixture(scope="module")
def sound(postgres: Postgres) -> Any:
    return lived(postgres, None, Switch(twin=True))


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_it_changes_what_is_ordered_or_made_and_its_twin_does_not(
    defect: ServerDefect | WorkerDefect, sound: Any, postgres: Postgres
) -> None:
    twin, defective = Switch(twin=True), Switch(twin=False)
    assert lived(postgres, defect, twin) == sound
    assert lived(postgres, defect, defective) != sound
    assert twin.hits
    assert defective.hits


def test_the_sound_pool_is_worth_comparing_with(sound: Any) -> None:
    ordered, made = sound
    assert [len(jobs) for jobs in ordered] == [0, 0, 3, 5, 5, 8]
    assert made[2:4] == [True, False]
    assert all(state == "done" for _, state, _ in made[-1])
