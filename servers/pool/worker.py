"""One worker: takes jobs, has their artworks made, and adds them to the pool."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from servers.pool.generator import ArtworkGenerator, PoolJob
from servers.pool.jobs import Jobs
from servers.pool.metrics import WorkerMetrics

RETRY_S = 1.0
"""A database that is away is tried again after this."""
_log = logging.getLogger(__name__)


class NoJobsKept(Exception):
    """The database keeps no jobs."""


class PoolWorker:
    """Works in the thread that calls ``run``, one job at a time, until it is asked to stop.

    ``lease_s`` is how long a job may take: after it another worker takes the job. ``poll_s`` is the
    pause after which a worker without a job looks again.
    """

    def __init__(
        self,
        database: str,
        name: str,
        generator: ArtworkGenerator,
        *,
        lease_s: float,
        attempts_max: int,
        poll_s: float,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        self._database = database
        self._name = name
        self._generator = generator
        self._lease_s = lease_s
        self._attempts_max = attempts_max
        self._poll_s = poll_s
        self._metrics = metrics or WorkerMetrics(database)
        self._stop = threading.Event()

    def stop(self) -> None:
        """Finish the job that is under way and take no other."""
        self._stop.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until ``stop``; ``ready`` is called when the first connection stands.

        Raises NoJobsKept, or psycopg.Error when the first connection fails; later ones are tried
        again until they stand.
        """
        first = True
        while not self._stop.is_set():
            try:
                with closing(self._connection()) as connection:
                    jobs = self._jobs(connection)
                    if first:
                        ready()
                        first = False
                    self._work(jobs)
            except psycopg.OperationalError as error:
                if first:
                    raise
                _log.warning("the database is away: %s", error)
                self._stop.wait(RETRY_S)

    def step(self, jobs: Jobs) -> bool:
        """Carry out one job; return False when there is none. Raises psycopg.OperationalError."""
        job = jobs.take()
        if job is None:
            return False
        began_s = time.monotonic()
        try:
            outcome = "done" if self.carry_out(jobs, job) else "late"
        except psycopg.OperationalError:
            raise  # the lease brings it back
        except Exception as error:
            line = f"{type(error).__name__}: {error}"
            _log.warning("job %d, attempt %d: %s", job.id, job.attempt, line)
            outcome = {"waiting": "failed", "dead": "dead"}.get(jobs.fail(job, line), "late")
        made = job.artworks if outcome == "done" else 0
        self._metrics.attempted(outcome, time.monotonic() - began_s, made)
        return True

    def carry_out(self, jobs: Jobs, job: PoolJob) -> bool:
        """Have the artworks made and finish the job; return False when another worker has it.

        Raises what the generator raises, and ValueError when it made another number of artworks.
        """
        made = self._generator.make(job)
        if len(made) != job.artworks:
            raise ValueError(f"{len(made)} artworks were made, not {job.artworks}")
        if not jobs.finish(job, made):
            _log.warning("job %d was taken by another worker meanwhile", job.id)
            return False
        return True

    def _work(self, jobs: Jobs) -> None:
        while not self._stop.is_set():
            if not self.step(jobs):
                self._stop.wait(self._poll_s)

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(
            self._database, autocommit=True, application_name=f"pool worker {self._name}"
        )

    def _jobs(self, connection: psycopg.Connection) -> Jobs:
        jobs = Jobs(connection, self._name, lease_s=self._lease_s, attempts_max=self._attempts_max)
        if not jobs.are_kept():
            raise NoJobsKept
        return jobs
