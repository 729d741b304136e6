"""Grafana's dashboards: what happens now, and the trends of 30 and 90 days.

``python -m servers.monitoring.dashboards`` writes both files beside this one; they are committed.
Every expression is in the subset that Prometheus 2.42 and 3 share. The bounds that panels show are
those of the alert rules.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

from servers.monitoring.alerts import dashboard_files

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH = 24
TREND_DAYS = (30, 90)
_JOB = 'job="ingest"'


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelData:
    """One panel: ``queries`` are pairs of a legend and an expression; an alert fires above
    ``bound``."""

    title: str
    about: str
    unit: str
    queries: Sequence[tuple[str, str]]
    bound: float | None = None
    decimals: int | None = None


def _quantile(share: float, histogram: str, over: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({histogram}_bucket[{over}])))"


_NOW = "$__rate_interval"
_FAILED = 'ingest_batches_total{status=~"5.."}'
_WAITING = "sum(ingest_queue_ids) + (sum(ingest_recorder_pending_ids) or vector(0))"

STATS = (
    PanelData(
        title="Users at risk",
        about="Active users with less than half of the pool unseen. FreshnessLow: more than five.",
        unit="short",
        queries=[("", "max(ingest_users_at_risk)")],
        bound=5,
    ),
    PanelData(
        title="Unseen share",
        about="What active users have left of the pool, on average.",
        unit="percentunit",
        queries=[("", "max(ingest_unseen_share)")],
        decimals=1,
    ),
    PanelData(
        title="Users with nothing left",
        about="Users with fewer than five artworks unseen. PoolExhausted: any.",
        unit="short",
        queries=[("", "max(ingest_users_exhausted)")],
        bound=0,
    ),
    PanelData(
        title="Failed batches",
        about="Share of the batches that were answered with a 5xx. BatchFailures: more than 5 %.",
        unit="percentunit",
        queries=[
            (
                "",
                f"sum(rate({_FAILED}[{_NOW}])) / sum(rate(ingest_batches_total[{_NOW}]))",
            )
        ],
        bound=0.05,
        decimals=2,
    ),
    PanelData(
        title="Batch latency, p95",
        about="From a request's headers to its answer. BatchesSlow: more than 200 ms.",
        unit="s",
        queries=[("", _quantile(0.95, "ingest_batch_seconds", _NOW))],
        bound=0.2,
    ),
    PanelData(
        title="Waiting ids",
        about="In servers, and in the recorders that were heard of. QueueBacklog: more than 500.",
        unit="short",
        queries=[("", _WAITING)],
        bound=500,
    ),
)

LINES = (
    PanelData(
        title="Batches by status",
        about="Answers to batches, by HTTP status.",
        unit="reqps",
        queries=[("{{status}}", f"sum by (status) (rate(ingest_batches_total[{_NOW}]))")],
    ),
    PanelData(
        title="Ids by fate",
        about="Inserted, duplicate and rejected; their sum is what was attempted.",
        unit="ops",
        queries=[("{{fate}}", f"sum by (fate) (rate(ingest_ids_total[{_NOW}]))")],
    ),
    PanelData(
        title="Batch latency",
        about="From a request's headers to its answer.",
        unit="s",
        queries=[
            ("median", _quantile(0.5, "ingest_batch_seconds", _NOW)),
            ("p95", _quantile(0.95, "ingest_batch_seconds", _NOW)),
            ("p99", _quantile(0.99, "ingest_batch_seconds", _NOW)),
        ],
        bound=0.2,
    ),
    PanelData(
        title="Where the time goes, p95",
        about="The wait for a writer, and the statement.",
        unit="s",
        queries=[
            ("wait", _quantile(0.95, "ingest_queue_wait_seconds", _NOW)),
            ("write", _quantile(0.95, "ingest_write_seconds", _NOW)),
        ],
    ),
    PanelData(
        title="Queues",
        about="Ids that wait in servers, and in recorders as each last reported.",
        unit="short",
        queries=[
            ("servers", "sum(ingest_queue_ids)"),
            ("recorders", "sum(ingest_recorder_pending_ids)"),
        ],
        bound=500,
    ),
    PanelData(
        title="What recorders count",
        about="Recorded, flushed, retried, refused: what recorders say in their batches.",
        unit="ops",
        queries=[("{{event}}", f"sum by (event) (rate(ingest_recorder_events_total[{_NOW}]))")],
    ),
    PanelData(
        title="Writers in use",
        about="Share of the connections that may write. Near 1 for long: start another server, or "
        "give it more writers.",
        unit="percentunit",
        queries=[("in use", "sum(ingest_connections_in_use) / sum(ingest_connections)")],
    ),
    PanelData(
        title="Batches in one statement",
        about="How many requests one statement serves, on average.",
        unit="short",
        queries=[
            (
                "batches",
                f"sum(rate(ingest_combined_batches_sum[{_NOW}]))"
                f" / sum(rate(ingest_combined_batches_count[{_NOW}]))",
            )
        ],
    ),
    PanelData(
        title="Database connections",
        about="Of any program, by state.",
        unit="short",
        queries=[("{{state}}", "max by (state) (ingest_database_connections)")],
    ),
    PanelData(
        title="Rows",
        about="As PostgreSQL estimates them.",
        unit="short",
        queries=[("{{kind}}", "max by (kind) (ingest_database_rows)")],
    ),
    PanelData(
        title="Pool and users",
        about="Active artworks, users, and those of them with more than ten views.",
        unit="short",
        queries=[
            ("artworks", "max(ingest_pool_artworks)"),
            ("users", "max(ingest_users)"),
            ("active users", "max(ingest_active_users)"),
        ],
    ),
    PanelData(
        title="Jobs for new artworks",
        about="Of the predictive pool, by state; shown by its workers.",
        unit="short",
        queries=[("{{state}}", "max by (state) (pool_jobs)")],
    ),
    PanelData(
        title="New artworks",
        about="Added to the pool by its workers, and how long the oldest due job has waited.",
        unit="short",
        queries=[
            ("artworks a minute", f"60 * sum(rate(pool_artworks_made_total[{_NOW}]))"),
            ("oldest job, seconds", "max(pool_oldest_due_job_seconds)"),
        ],
    ),
    PanelData(
        title="Alerts that fire",
        about="How many of the rules' alerts fire; their names are in Alertmanager.",
        unit="short",
        queries=[("alerts", 'count(ALERTS{alertstate="firing"}) or vector(0)')],
    ),
    PanelData(
        title="What can be seen",
        about="Servers that Prometheus reaches, and whether the database answered them.",
        unit="short",
        queries=[("servers", f"sum(up{{{_JOB}}})"), ("database", "min(ingest_database_up)")],
    ),
)

TRENDS = (
    PanelData(
        title="Impressions a day",
        about="Ids that were inserted.",
        unit="short",
        queries=[("inserted", 'sum(increase(ingest_ids_total{fate="inserted"}[1d]))')],
    ),
    PanelData(
        title="Duplicate and rejected ids a day",
        about="Attempts that stored nothing.",
        unit="short",
        queries=[
            (
                "{{fate}}",
                'sum by (fate) (increase(ingest_ids_total{fate!="inserted"}[1d]))',
            )
        ],
    ),
    PanelData(
        title="Failed batches of a day",
        about="Share of the batches of a day that were answered with a 5xx.",
        unit="percentunit",
        queries=[
            (
                "failed",
                f"sum(increase({_FAILED}[1d])) / sum(increase(ingest_batches_total[1d]))",
            )
        ],
        bound=0.05,
    ),
    PanelData(
        title="Batch latency of a day",
        about="Median and 95th percentile of all batches of a day.",
        unit="s",
        queries=[
            ("median", _quantile(0.5, "ingest_batch_seconds", "1d")),
            ("p95", _quantile(0.95, "ingest_batch_seconds", "1d")),
        ],
        bound=0.2,
    ),
    PanelData(
        title="Unseen share",
        about="What active users have left of the pool: the day's mean and its worst moment.",
        unit="percentunit",
        queries=[
            ("mean", "max(avg_over_time(ingest_unseen_share[1d]))"),
            ("worst", "min(min_over_time(ingest_unseen_share[1d]))"),
        ],
    ),
    PanelData(
        title="Users at risk",
        about="The most of a day.",
        unit="short",
        queries=[("at risk", "max(max_over_time(ingest_users_at_risk[1d]))")],
        bound=5,
    ),
    PanelData(
        title="Pool and users",
        about="At the end of each day.",
        unit="short",
        queries=[
            ("artworks", "max(last_over_time(ingest_pool_artworks[1d]))"),
            ("users", "max(last_over_time(ingest_users[1d]))"),
            ("active users", "max(last_over_time(ingest_active_users[1d]))"),
        ],
    ),
    PanelData(
        title="Table size",
        about="With its indexes.",
        unit="bytes",
        queries=[("table", "max(last_over_time(ingest_database_table_bytes[1d]))")],
    ),
)


def now() -> Any:
    """Return the dashboard of the present."""
    board = _board("impressions-now", "Impressions: now", refresh="15s", since="now-1h")
    for number, one in enumerate(STATS, 1):
        board = board.with_panel(_stat(one).id(number))
    for number, one in enumerate(LINES, len(STATS) + 1):
        board = board.with_panel(_lines(one).id(number))
    return board.build()


def trends() -> Any:
    """Return the dashboard of 30 and 90 days. By default Prometheus keeps 15 days."""
    board = _board("impressions-trends", "Impressions: trends", refresh="1h", since="now-90d")
    number = 0
    for days in TREND_DAYS:
        number += 1
        board = board.with_row(dashboard.Row(f"{days} days").id(number))
        for one in TRENDS:
            number += 1
            panel = _lines(one).time_from(f"{days}d").interval("1d")
            board = board.with_panel(panel.id(number))
    return board.build()


def files() -> dict[Path, str]:
    """Return path → content of the files."""
    return {
        path: json.dumps(made, cls=JSONEncoder, sort_keys=True, indent=2) + "\n"
        for path, made in zip(dashboard_files(), (now(), trends()), strict=True)
    }


def _board(uid: str, title: str, *, refresh: str, since: str) -> Any:
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .tags(["impressions"])
        .refresh(refresh)
        .time(since, "now")
        .timezone("browser")
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )


def _stat(one: PanelData) -> Any:
    panel = (
        stat.Panel()
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .height(4)
        .span(WIDTH // len(STATS))
    )
    return _filled(panel, one)


def _lines(one: PanelData) -> Any:
    panel = timeseries.Panel().height(8).span(WIDTH // 2).fill_opacity(10).min(0)
    if one.bound is not None:
        style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        panel = panel.thresholds_style(style)
    return _filled(panel, one)


def _filled(panel: Any, one: PanelData) -> Any:
    panel = panel.title(one.title).description(one.about).unit(one.unit).datasource(SOURCE)
    if one.decimals is not None:
        panel = panel.decimals(one.decimals)
    steps = [Threshold(value=None, color="green")]
    if one.bound is not None:
        # Grafana's step begins at its value, and an alert fires above its bound.
        first_bad = one.bound + 1 if one.unit == "short" else one.bound
        steps.append(Threshold(value=first_bad, color="red"))
    panel = panel.thresholds(
        dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    )
    for number, (legend, expression) in enumerate(one.queries):
        query = prometheus.Dataquery().expr(expression).ref_id(chr(ord("A") + number))
        panel = panel.with_target(query.legend_format(legend).datasource(SOURCE))
    return panel


def main() -> int:
    """Write the files beside this module; return 0."""
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
