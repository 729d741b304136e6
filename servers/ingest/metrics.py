"""The metrics for Prometheus. No user and no artwork ever becomes a label."""

from __future__ import annotations

import collections
import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from servers.ingest.board import Board, Cell
from servers.ingest.instant import NS_PER_S
from servers.ingest.monitoring.recorders import Recorders
from servers.ingest.monitoring.statsd import StatsD
from servers.ingest.receipts import Receipt
from servers.ingest.storage.store import Share

if TYPE_CHECKING:
    from servers.ingest.monitoring.spans import Spans

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_IDS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
_REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Histogram(prometheus_client.Histogram):
    """A histogram that takes what a whole group brings at the price of a few."""

    def observe_all(self, amounts: Sequence[float]) -> None:
        """Observe every one of ``amounts``."""
        self._sum.inc(sum(amounts))
        found = collections.Counter([bisect_left(self._upper_bounds, one) for one in amounts])
        for bucket, count in found.items():
            self._buckets[bucket].inc(count)


class Metrics:
    """All metrics of one server, in a registry of their own.

    ``shared`` is the directory in which the processes of one server keep their numbers, so that
    whichever is asked answers for all. ``writers`` is how many connections each may write on.
    """

    spans: Spans | None = None
    """Traces a share of the requests, if there is one."""

    def __init__(self, board: Board, shared: Path | None = None, *, writers: int = 0) -> None:
        registry = CollectorRegistry()
        self._registry = registry if shared is None else _of_all_processes(shared)
        self._registry.register(_BoardCollector(board, writers))
        self.statsd: StatsD | None = None
        """Hears of every answer too, if there is one."""
        self.recorders: Recorders | None = None
        """None in a server of several processes."""
        if shared is None:
            self.recorders = Recorders()
            registry.register(self.recorders)
        self.requests = Counter(
            "ingest_batches", "Batch requests by status.", ["status"], registry=registry
        )
        self.rejected = Counter(
            "ingest_rejected_batches", "Batches turned down.", ["reason"], registry=registry
        )
        self.sessions = Counter(
            "ingest_sessions", "Sessions by whether they were made.", ["result"], registry=registry
        )
        self.exposures = Counter(
            "ingest_exposures",
            "Variants that batches named, by what became of them.",
            ["result"],
            registry=registry,
        )
        self.freshness = Counter(
            "ingest_freshness_cache",
            "Questions about freshness, by what the cache had.",
            ["result"],
            registry=registry,
        )
        ids = Counter("ingest_ids", "Ids by fate; repeats count.", ["fate"], registry=registry)
        # Looked up once: finding a label's child costs more than counting.
        self._ids = {fate: ids.labels(fate) for fate in ("inserted", "duplicate", "rejected")}
        # There from the start: a rate needs a sample before the first failure.
        self._by_status = {status: self.requests.labels(str(status)) for status in (200, 500, 503)}
        self.batch_ids = Histogram(
            "ingest_batch_ids", "Ids in one batch.", buckets=_IDS, registry=registry
        )
        self.latency = Histogram(
            "ingest_batch_seconds",
            "From the request's headers to its answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.queue_wait = Histogram(
            "ingest_queue_wait_seconds",
            "From parsed to a writer's hands.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.write_seconds = Histogram(
            "ingest_write_seconds", "One statement.", buckets=_SECONDS, registry=registry
        )
        self.combined = Histogram(
            "ingest_combined_batches",
            "Batches in one statement.",
            buckets=_REQUESTS,
            registry=registry,
        )
        self.deadlocks = Counter(
            "ingest_lost_races", "Deadlocks and serialization failures.", registry=registry
        )
        self.replayed_apart = Counter(
            "ingest_groups_replayed_apart",
            "Combined writes that failed and were replayed one batch at a time.",
            registry=registry,
        )

    def wrote(self, shares: Sequence[Share], seconds: float) -> None:
        """Count one successful statement."""
        self.write_seconds.observe(seconds)
        self.combined.observe(len(shares))

    def answered(self, receipts: Sequence[Receipt], at_ns: int) -> None:
        """Count requests that have their outcome, however they ended, at ``at_ns`` (monotonic)."""
        self.latency.observe_all([(at_ns - one.received_mono_ns) / NS_PER_S for one in receipts])
        self.batch_ids.observe_all([one.received for one in receipts if one.received])
        for status, count in collections.Counter([one.status for one in receipts]).items():
            counter = self._by_status.get(status)
            if counter is None:
                counter = self._by_status[status] = self.requests.labels(str(status))
            counter.inc(count)
        for one in receipts:
            if one.reason is not None:
                self.rejected.labels(one.reason).inc()
        for fate, counted in self._ids.items():
            counted.inc(sum([getattr(one, fate) for one in receipts]))
        if self.statsd is not None:
            self.statsd.answered(receipts, at_ns)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _of_all_processes(shared: Path) -> CollectorRegistry:
    """Return the registry that sums what the processes keep in ``shared``; call it after a fork.

    prometheus-client reads its variable when it is imported, which is long past; the class of
    values is what the variable decides, so decide it here.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(shared))  # type: ignore[no-untyped-call]
    return registry


class _BoardCollector(Collector):
    """Reads the gauges when it is asked, from the board that all processes share."""

    def __init__(self, board: Board, writers: int) -> None:
        self._board = board
        self._writers = writers

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges."""
        for name, text, cell in (
            ("ingest_in_flight_batches", "Batches not yet answered.", Cell.IN_FLIGHT),
            ("ingest_queue_ids", "Ids that wait for a writer.", Cell.WAITING_IDS),
            ("ingest_connections_in_use", "Connections that write now.", Cell.WRITING),
        ):
            yield GaugeMetricFamily(name, text, value=self._board.total(cell))
        yield GaugeMetricFamily(
            "ingest_connections",
            "Connections that may write.",
            value=self._writers * self._board.processes,
        )
