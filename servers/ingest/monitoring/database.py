"""What the database says when the metrics are asked for: the pool, its users, connections, rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from servers.ingest.storage.rollups import Kpis

STATE = """
SELECT (SELECT jsonb_object_agg(state, n) FROM (
            SELECT coalesce(state, 'none') AS state, count(*) AS n FROM pg_stat_activity
            WHERE datname = current_database() GROUP BY 1) AS s),
       n_live_tup, n_dead_tup, pg_total_relation_size(relid)
FROM pg_stat_user_tables WHERE relid = 'user_art_impressions'::regclass
"""


class DatabaseState(NamedTuple):
    """PostgreSQL's own figures; rows are its estimates, until it has analysed the table."""

    connections: dict[str, int]
    live_rows: int
    dead_rows: int
    bytes: int


class Seen(NamedTuple):
    """What one question to the database found; nothing where it did not answer."""

    state: DatabaseState | None = None
    kpis: Kpis | None = None

    def text(self) -> bytes:
        """Return it in Prometheus' text format. A figure that is not known has no sample."""
        registry = CollectorRegistry()
        registry.register(_Once(list(self._families())))
        return generate_latest(registry)

    def _families(self) -> Iterable[GaugeMetricFamily]:
        up = int(self.state is not None)
        yield GaugeMetricFamily("ingest_database_up", "Whether it answered just now.", value=up)
        if self.state is not None:
            yield from _of_state(self.state)
        if self.kpis is not None:
            yield from _of_kpis(self.kpis)


def _of_state(state: DatabaseState) -> Iterable[GaugeMetricFamily]:
    connections = GaugeMetricFamily(
        "ingest_database_connections",
        "Connections to the database, of any program, by state.",
        labels=["state"],
    )
    for name, count in sorted(state.connections.items()):
        connections.add_metric([name], count)
    yield connections
    rows = GaugeMetricFamily(
        "ingest_database_rows", "Rows of the table, as PostgreSQL estimates them.", labels=["kind"]
    )
    rows.add_metric(["live"], state.live_rows)
    rows.add_metric(["dead"], state.dead_rows)
    yield rows
    yield GaugeMetricFamily(
        "ingest_database_table_bytes", "The table with its indexes.", value=state.bytes
    )


def _of_kpis(kpis: Kpis) -> Iterable[GaugeMetricFamily]:
    for name, text, value in (
        ("ingest_pool_artworks", "Artworks in the active pool.", kpis.pool),
        ("ingest_pool_epoch", "One more each time the pool has grown.", kpis.epoch),
        ("ingest_users", "Users with an impression.", kpis.users),
        ("ingest_active_users", "Users with more than ten views.", kpis.active_users),
        ("ingest_users_at_risk", "Active users with under half unseen.", kpis.at_risk),
        ("ingest_users_exhausted", "Users with under five artworks unseen.", kpis.exhausted),
        ("ingest_unseen_share", "Of the pool, mean over active users.", kpis.unseen_share),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, text, value=value)


class _Once(Collector):
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the families."""
        return self._families
