"""Jobs for new artworks: taken under a lease, finished once, given up after some failures.

Triggers make the jobs (``improvement_predictive_pool.sql``). A worker holds one by a lease whose
end is a moment of the database's clock. Taking a job adds one to its attempts; that number
is the fence: a worker that was away for too long finds another one there, and what it made is
rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from servers.pool.generator import NewArtwork, PoolJob

BACKOFF_S_MAX = 60.0

_PRESENT = "SELECT to_regclass('pool_jobs') IS NOT NULL"
_BURY = """
UPDATE pool_jobs SET state = 'dead', finished_at = clock_timestamp(), leased_until = NULL,
    error = coalesce(error, 'its worker did not come back')
WHERE state = 'running' AND leased_until < clock_timestamp() AND attempts >= %s
"""
_TAKE = """
WITH next AS MATERIALIZED (
    SELECT id FROM pool_jobs
    WHERE (state = 'waiting' AND due_at <= clock_timestamp())
       OR (state = 'running' AND leased_until < clock_timestamp() AND attempts < %s)
    ORDER BY urgent DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE pool_jobs j SET state = 'running', attempts = j.attempts + 1, worker = %s,
    leased_until = clock_timestamp() + make_interval(secs => %s)
FROM next WHERE j.id = next.id
RETURNING j.id, j.user_id, j.level, j.epoch, j.artworks, j.urgent, j.attempts
"""
_ADD = """
INSERT INTO art_sessions (id, title, picture, job_id)
SELECT id, title, picture, %s
FROM unnest(%s::text[], %s::text[], %s::text[]) AS made (id, title, picture)
"""
_FINISH = """
UPDATE pool_jobs SET state = 'done', finished_at = clock_timestamp(), leased_until = NULL,
    error = NULL
WHERE id = %s AND state = 'running' AND attempts = %s
RETURNING id
"""
_FAIL = """
UPDATE pool_jobs SET leased_until = NULL, error = %s,
    state = CASE WHEN attempts >= %s THEN 'dead' ELSE 'waiting' END,
    finished_at = CASE WHEN attempts >= %s THEN clock_timestamp() END,
    due_at = clock_timestamp() + make_interval(secs => least(%s, 2.0 ^ (attempts - 1)))
WHERE id = %s AND state = 'running' AND attempts = %s
RETURNING state
"""
_OLDEST = """
SELECT coalesce(greatest(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)
FROM pool_jobs WHERE state = 'waiting'
"""


class _Refused(Exception):
    """The job is no longer this worker's."""


class Jobs:
    """The jobs of one database, as one worker sees them. Every method raises psycopg.Error."""

    def __init__(
        self, connection: psycopg.Connection, worker: str, *, lease_s: float, attempts_max: int
    ) -> None:
        """``connection`` is in autocommit mode and is this worker's alone. A job that was taken
        ``attempts_max`` times in vain is dead."""
        self._connection = connection
        self._worker = worker
        self._lease_s = lease_s
        self._attempts_max = attempts_max

    def are_kept(self) -> bool:
        """Return whether the database has jobs at all."""
        return self._connection.execute(_PRESENT).fetchone() == (True,)

    def take(self) -> PoolJob | None:
        """Take the next job that is due or whose lease ran out, urgent ones first; None: none."""
        self._connection.execute(_BURY, (self._attempts_max,))
        row = self._connection.execute(
            _TAKE, (self._attempts_max, self._worker, self._lease_s)
        ).fetchone()
        return None if row is None else PoolJob(*row)

    def finish(self, job: PoolJob, made: Sequence[NewArtwork]) -> bool:
        """Add the artworks to the pool and end the job, in one transaction; return False, with
        nothing added, when the job has been taken by another worker."""
        try:
            with self._connection.transaction():
                self.add(job, made)
                self.end(job)
        except _Refused:
            return False
        return True

    def add(self, job: PoolJob, made: Sequence[NewArtwork]) -> None:
        """Add the artworks of a job to the pool. This takes the pool's lock: before the job's."""
        columns = [list(column) for column in zip(*made, strict=True)]
        self._connection.execute(_ADD, (job.id, *columns))

    def end(self, job: PoolJob) -> None:
        """Mark a job as done; what the transaction did is undone where it is another worker's."""
        if self._connection.execute(_FINISH, (job.id, job.attempt)).fetchone() is None:
            raise _Refused

    def fail(self, job: PoolJob, error: str) -> str:
        """Give a job back, to be taken again after a pause that doubles, or give it up; return its
        state, empty when it has been taken by another worker."""
        most = self._attempts_max
        row = self._connection.execute(
            _FAIL, (error[:500], most, most, BACKOFF_S_MAX, job.id, job.attempt)
        ).fetchone()
        return "" if row is None else str(row[0])


class JobCounts(NamedTuple):
    """How many jobs are in each state."""

    waiting: int
    running: int
    done: int
    dead: int


def counts(connection: psycopg.Connection) -> JobCounts:
    """Return how many jobs are in each state; raise psycopg.Error."""
    rows = connection.execute("SELECT state, count(*) FROM pool_jobs GROUP BY state").fetchall()
    return JobCounts(**{**dict.fromkeys(JobCounts._fields, 0), **dict(rows)})


def oldest_due_s(connection: psycopg.Connection) -> float:
    """Return for how many seconds the job that waits for longest has been due, 0 when none is."""
    row = connection.execute(_OLDEST).fetchone()
    return 0.0 if row is None else float(row[0])
