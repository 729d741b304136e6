"""The pool witness: takes snapshots of the pool, its users and its jobs, and writes what changed.

Each snapshot is one REPEATABLE READ transaction: what it shows was true at one moment, so a level
that a user has crossed and the job for it are there together or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple

import psycopg

from harness.core.clock import now
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.pool import (
    JobChanged,
    PoolRow,
    PoolSize,
    PoolWatched,
    UserViewed,
)
from harness.target.session import CONNECT_TIMEOUT_S

INTERVAL_S = 0.2

_KEPT = "SELECT to_regclass('pool_jobs') IS NOT NULL"
_POOL = "SELECT epoch, active FROM impression_pool"
_USERS = "SELECT user_id, viewed_active FROM user_freshness"
_JOBS = """
SELECT j.id, j.user_id, j.level, j.epoch, j.artworks, coalesce(a.made, 0), j.state, j.attempts
FROM pool_jobs j LEFT JOIN (
    SELECT job_id, count(*)::int AS made FROM art_sessions WHERE job_id IS NOT NULL GROUP BY 1
) AS a ON a.job_id = j.id
ORDER BY j.id
"""


class SampledJob(NamedTuple):
    """One job in a snapshot."""

    job: int
    user: str
    level: str
    epoch: int
    size: int
    made: int
    state: str
    attempts: int


class PoolWitness:
    """Takes snapshots in a thread from ``start`` to ``stop``, the last one at the end."""

    def __init__(self, dsn: str, witness: WitnessFile[PoolRow]) -> None:
        self._dsn = dsn
        self._witness = witness
        self._samples = 0
        self._pool: tuple[int, int] | None = None
        self._viewed: dict[str, int] = {}
        self._jobs: dict[int, SampledJob] = {}
        self._failure = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pool", daemon=True)

    def start(self) -> None:
        """Start taking snapshots."""
        self._thread.start()

    def stop(self) -> None:
        """Take the last snapshot, write how many there were, and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if not self._failure:
            self._witness.saw(PoolWatched(samples=self._samples))

    @property
    def samples(self) -> int:
        """Return the number of snapshots that were taken."""
        return self._samples

    @property
    def jobs(self) -> list[SampledJob]:
        """Return the jobs of the last snapshot."""
        return list(self._jobs.values())

    def failure(self) -> str:
        """Return how watching has failed, empty while it works."""
        return self._failure

    def _watch(self) -> None:
        try:
            with closing(self._connection()) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                keeps_jobs = connection.execute(_KEPT).fetchone() == (True,)
                last = False
                while not last:
                    last = self._stop.wait(INTERVAL_S)
                    self._sample(connection, keeps_jobs)
        except psycopg.Error as error:
            self._failure = " ".join(str(error).split())

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            prepare_threshold=None,
            application_name="pool witness",
        )

    def _sample(self, connection: psycopg.Connection, keeps_jobs: bool) -> None:
        with connection.transaction():
            pool = connection.execute(_POOL).fetchone()
            users = connection.execute(_USERS).fetchall()
            jobs = connection.execute(_JOBS).fetchall() if keeps_jobs else []
        at, number = now(), self._samples + 1
        for row in self._changes(number, pool, users, map(SampledJob._make, jobs)):
            self._witness.saw(row, at=at)
        self._samples = number

    def _changes(
        self,
        number: int,
        pool: tuple[int, int] | None,
        users: Iterable[tuple[str, int]],
        jobs: Iterable[SampledJob],
    ) -> list[PoolRow]:
        """Return a row for everything that is not as it was, and remember it."""
        rows: list[PoolRow] = []
        if pool is not None and pool != self._pool:
            self._pool = pool
            rows.append(PoolSize(sample=number, epoch=pool[0], size=pool[1]))
        for user, viewed in users:
            if self._viewed.get(user) != viewed:
                self._viewed[user] = viewed
                rows.append(UserViewed(sample=number, user=user, viewed=viewed))
        for job in jobs:
            if self._jobs.get(job.job) != job:
                self._jobs[job.job] = job
                rows.append(JobChanged(sample=number, **job._asdict()))
        return rows
