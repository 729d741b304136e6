"""What a worker shows of itself and of the jobs, in Prometheus' text format.

Jobs are counted when somebody asks, over a connection of its own that waits a second at most: a
database that is away takes away the figures on jobs, not the worker's own. No user is a label.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from servers.pool.jobs import counts, oldest_due_s

ANSWER_S = 1
_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)
OUTCOMES = ("done", "failed", "dead", "late")
"""Finished; given back; given up after the last attempt; finished after another worker took it."""


class WorkerMetrics:
    """The metrics of one worker, in a registry of their own."""

    def __init__(self, database: str) -> None:
        self._registry = CollectorRegistry()
        attempts = Counter(
            "pool_attempts", "Attempts at jobs by outcome.", ["outcome"], registry=self._registry
        )
        self._attempts = {outcome: attempts.labels(outcome) for outcome in OUTCOMES}
        self._artworks = Counter(
            "pool_artworks_made", "Artworks added to the pool.", registry=self._registry
        )
        self._seconds = Histogram(
            "pool_attempt_seconds",
            "From a job being taken to its outcome.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_JobsCollector(database))

    def attempted(self, outcome: str, seconds: float, artworks: int = 0) -> None:
        """Count one attempt, which took ``seconds`` and added ``artworks`` to the pool."""
        self._attempts[outcome].inc()
        self._artworks.inc(artworks)
        self._seconds.observe(seconds)

    @contextlib.contextmanager
    def listening(self, host: str, port: int) -> Iterator[str]:
        """Answer GET /metrics in a thread until the block ends; yield HOST:PORT.

        ``port`` 0 takes a free one. Raises OSError for a port that is taken.
        """
        server, thread = start_http_server(port, addr=host, registry=self._registry)
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"{shown}:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _JobsCollector(Collector):
    def __init__(self, database: str) -> None:
        self._database = database

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges; without an answer of the database only that there was none."""
        try:
            with psycopg.connect(
                self._database,
                autocommit=True,
                connect_timeout=ANSWER_S,
                application_name="pool worker metrics",
            ) as connection:
                connection.execute(f"SET statement_timeout = '{ANSWER_S}s'".encode())
                jobs, oldest_s = counts(connection), oldest_due_s(connection)
        except psycopg.Error:
            yield GaugeMetricFamily("pool_database_up", "Whether it answered just now.", value=0)
            return
        yield GaugeMetricFamily("pool_database_up", "Whether it answered just now.", value=1)
        family = GaugeMetricFamily("pool_jobs", "Jobs of all workers by state.", labels=["state"])
        for state, count in jobs._asdict().items():
            family.add_metric([state], count)
        yield family
        yield GaugeMetricFamily(
            "pool_oldest_due_job_seconds",
            "How long the job that waits for longest has been due; 0 when none waits.",
            value=oldest_s,
        )
