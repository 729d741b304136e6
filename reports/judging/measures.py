"""Figures beside the verdict: what a reader wants to know of a run and no check decides."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from harness.core.clock import NS_PER_S
from harness.core.outcome import Outcome
from harness.ledger.kinds.client import Persisted, Transport
from harness.ledger.kinds.network import FaultEnd
from harness.ledger.kinds.server import BatchReceipt
from reports.checks.load.knee import KNEE_LIMIT_MS, Knee, knee_of
from reports.core.kinds import is_kind, of_kind
from reports.core.types import Floats
from reports.evidence.fates import VIEW, Fates, shown_views
from reports.evidence.frame import LedgerFrames, exploded
from reports.evidence.generators import lag_ms, service_ms
from reports.evidence.pages import attempts, in_flight, pages, retries_of
from reports.evidence.requests import new_row_share_of, response_ms
from reports.evidence.resources import costs, cpu_of, database_figure, server_figure
from reports.judging.figures.bench import BENCH_MEASURES, bench_measures
from reports.judging.figures.engines import ENGINE_MEASURES, engine_measures
from reports.judging.figures.page_work import page_work_measures

QUANTILES = {"min": 0.0, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
_AT_A_TIME = 1 << 20
LATENCY_QUANTILES = ("p50", "p95", "p99")


def measures(ledger: LedgerFrames, fates: Fates) -> dict[str, float]:
    """Return the run's figures by name, unit last; a figure without evidence is left out.

    ``MEASURES`` holds every name that experiments may ask for: a new one belongs there too.
    """
    figures = {"shown_impressions": float(fates.impressions["shown_ns"].notna().sum())}
    if fates.decided:
        figures |= _durability(ledger, fates)
    figures |= _quantiles("shown_to_persisted", _shown_to_persisted_ms(ledger))
    # Of a large ledger a copy of the receipts has hundreds of megabytes.
    batches = of_kind(ledger.server[["kind", "duplicate", "rejected"]], BatchReceipt)
    if not batches.empty:
        figures["batches_processed"] = float(len(batches))
        figures["duplicates_absorbed"] = float(batches["duplicate"].sum())
        figures["ids_rejected"] = float(batches["rejected"].sum())
    figures |= _pages(ledger.client)
    depths = ledger.client["queue_depth"].dropna()
    if not depths.empty:
        figures["queue_depth_peak"] = float(depths.max())
    if not ledger.load.empty:
        figures["load_requests"] = float(len(ledger.load))
        figures["load_retries"] = float((ledger.load["attempt"] > 1).sum())
        figures["new_row_share"], _ = new_row_share_of(ledger)
        figures |= _latencies(ledger) | _comeback(ledger)
        knee = knee_of(ledger, KNEE_LIMIT_MS)
        if isinstance(knee, Knee):
            figures["knee_impressions_per_s"] = knee.rate
    figures |= _machine(ledger) | costs(ledger) | _activity(ledger)
    figures |= engine_measures(ledger)
    return figures | bench_measures(ledger) | page_work_measures(ledger)


def _durability(ledger: LedgerFrames, fates: Fates) -> dict[str, float]:
    """Return how many rows there are, and how long impressions took to be durable."""
    shown = fates.impressions
    if (unseen := shown["shown_ns"].isna()).any():
        shown = shown[~unseen]
    never = int(shown["durable_ns"].isna().sum())
    figures = {"stored_rows": float(fates.impressions["copies"].sum())}
    if never:
        figures["never_durable"] = float(never)
    figures |= _quantiles("shown_to_durable", _wait_ms(shown), never=never)
    if is_kind(ledger.network, FaultEnd).any():
        figures |= _quantiles("fault_end_to_durable", shown["waited_s"] * 1000, never=never)
    return figures


def _wait_ms(shown: pd.DataFrame) -> Floats:
    """Return how long each impression took to be durable, in ms, a stretch at a time: NaN for one
    that never was."""
    wait_ms = np.empty(len(shown))
    for first in range(0, len(shown), _AT_A_TIME):
        some = slice(first, first + _AT_A_TIME)
        wait_ns = shown["durable_ns"].iloc[some] - shown["shown_ns"].iloc[some]
        wait_ms[some] = wait_ns.to_numpy(dtype=float, na_value=np.nan) / 1e6
    return wait_ms


def _quantiles(name: str, values_ms: pd.Series | Floats, *, never: int = 0) -> dict[str, float]:
    """Return the quantiles in ms; ``never`` more values are longer than any. An array is put into
    another order.

    A quantile that is one of those is left out: it is not known.
    """
    known = values_ms
    if isinstance(known, pd.Series):
        known = known.to_numpy(dtype=float, na_value=np.nan, copy=True)
    missing = np.isnan(known)
    if missing.any():
        known = known[~missing]
    count = len(known) + never
    places = {label: math.ceil(q * (count - 1)) for label, q in QUANTILES.items()}
    places = {label: place for label, place in places.items() if 0 <= place < len(known)}
    # A large ledger has tens of millions of them: ordered no further than is asked for.
    if places:
        known.partition(list(places.values()))
    figures = {f"{name}_{label}_ms": float(known[place]) for label, place in places.items()}
    return {label: value for label, value in figures.items() if np.isfinite(value)}


def _shown_to_persisted_ms(ledger: LedgerFrames) -> pd.Series:
    """Return how long after its view each id was durable on the device (ms); negative: before."""
    persisted = exploded(of_kind(ledger.client, Persisted))
    shown = shown_views(ledger) if len(persisted) else ledger.viewer.iloc[:0]
    both = shown.merge(persisted, on=VIEW, suffixes=("", "_persisted"))
    return (both["page_wall_ns"] - both["wall_ns"]).astype("Float64") / 1e6


def _pages(client: pd.DataFrame) -> dict[str, float]:
    """Return what the pages did: attempts by transport, how long retries waited after a failure,
    how often two requests of one visible page were under way at once."""
    sent = attempts(client)
    if sent.empty:
        return {}
    figures = {
        "client_attempts": float(len(sent)),
        "client_retries": float((sent["attempt"] > 1).sum()),
    }
    for transport, count in sent["transport"].value_counts().items():
        figures[f"client_attempts_by_{transport}"] = float(count)
    figures["client_requests_overlapping"] = float(in_flight(client)[1])
    waits = [wait for _, rows in pages(client) for _, wait in retries_of(rows)]
    return figures | _quantiles("client_retry_wait", pd.Series(waits, dtype="Float64"))


def _latencies(ledger: LedgerFrames) -> dict[str, float]:
    """Return response, service and schedule lag apart: one after the other and a stretch at a time,
    for a large ledger has millions of each."""
    load = ledger.load
    figures: dict[str, float] = {}
    for name, values_of in (
        ("load_response", response_ms),
        ("load_service", service_ms),
        ("load_lag", lag_ms),
    ):
        values = np.empty(len(load))
        for first in range(0, len(load), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            values[some] = values_of(load.iloc[some])
        asked = [QUANTILES[label] for label in LATENCY_QUANTILES]
        found = np.quantile(values, asked, method="higher", overwrite_input=True)
        for label, quantile in zip(LATENCY_QUANTILES, found.tolist(), strict=True):
            if np.isfinite(quantile):
                figures[f"{name}_{label}_ms"] = quantile
    return figures


def _comeback(ledger: LedgerFrames) -> dict[str, float]:
    """Return how a load comes back after the last fault: how long until all that was due before its
    end is acknowledged (s), and the most requests that are sent in one second after it."""
    ends = of_kind(ledger.network, FaultEnd)["mono_ns"]
    if ends.empty:
        return {}
    end_ns, load = int(ends.max()), ledger.load
    late = load[(load["attempt"] > 1) & (load["sent_ns"] >= end_ns)]
    if late.empty:
        return {}
    drained = late[late["outcome"] == Outcome.ACKNOWLEDGED.value]["done_ns"]
    second = ((load["sent_ns"][load["sent_ns"] >= end_ns] - end_ns) // NS_PER_S).astype("int64")
    figures = {"load_peak_after_fault_per_s": float(second.value_counts().max())}
    if len(drained):
        figures["load_drained_after_fault_s"] = (int(drained.max()) - end_ns) / NS_PER_S
    return figures


def _activity(ledger: LedgerFrames) -> dict[str, float]:
    """Return the most that was seen of what the database and the server hold at once."""
    figures = {
        "database_connections_peak": database_figure(ledger, "connections"),
        "database_locks_not_granted_peak": database_figure(ledger, "locks_not_granted"),
        "server_pool_in_use_peak": server_figure(ledger, "pool_in_use"),
        "server_pool_size_peak": server_figure(ledger, "pool_size"),
        "server_queue_depth_peak": server_figure(ledger, "queue_depth"),
        "server_queue_wait_p95_peak_ms": server_figure(ledger, "queue_wait_p95_ms"),
    }
    return {name: float(one.values.max()) for name, one in figures.items() if len(one)}


def _machine(ledger: LedgerFrames) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, samples in ledger.machine.groupby("process"):
        used = cpu_of(ledger, str(name))
        if len(used):
            figures[f"{name}_cpu_of_a_core_percent"] = 100 * float(used.values.mean())
            figures[f"{name}_rss_peak_mib"] = float(samples["rss_bytes"].max()) / 2**20
    return figures


_PROCESSES = ("ingest", "postgres", "toxiproxy", "generator-0", "chromium", "firefox", "webkitgtk")
"""Processes whose load and memory are worth a comparison; a run may have others beside them."""

MEASURES = frozenset(
    {
        "shown_impressions",
        "stored_rows",
        "never_durable",
        "batches_processed",
        "duplicates_absorbed",
        "ids_rejected",
        "client_attempts",
        "client_retries",
        *(f"client_attempts_by_{transport.value}" for transport in Transport),
        "client_requests_overlapping",
        "queue_depth_peak",
        *(
            f"{name}_{label}_ms"
            for name in (
                "shown_to_durable",
                "shown_to_persisted",
                "fault_end_to_durable",
                "client_retry_wait",
            )
            for label in QUANTILES
        ),
        *(
            f"{name}_{label}_ms"
            for name in ("load_response", "load_service", "load_lag")
            for label in LATENCY_QUANTILES
        ),
        "load_requests",
        "load_retries",
        "new_row_share",
        "load_peak_after_fault_per_s",
        "load_drained_after_fault_s",
        "requests_per_1000_impressions",
        "database_cpu_per_impression_ms",
        "server_cpu_per_impression_ms",
        "wal_per_impression_bytes",
        "wire_per_impression_bytes",
        "insert_mean_ms",
        "insert_calls_per_1000_impressions",
        "rows_per_commit",
        "database_connections_peak",
        "database_locks_not_granted_peak",
        "server_pool_in_use_peak",
        "server_pool_size_peak",
        "server_queue_depth_peak",
        "server_queue_wait_p95_peak_ms",
        "lock_held_per_impression_ms",
        "lock_wait_per_impression_ms",
        "lwlock_wait_per_impression_ms",
        "io_wait_per_impression_ms",
        "knee_impressions_per_s",
        "main_thread_per_view_ms",
        "script_per_view_ms",
        "layout_per_view_ms",
        "style_per_view_ms",
        "long_tasks_per_view",
        "layout_shift_score_per_view",
        "views_without_layout_shift_percent",
        *(
            f"{process}_{figure}"
            for process in _PROCESSES
            for figure in ("cpu_of_a_core_percent", "rss_peak_mib")
        ),
        *BENCH_MEASURES,
        *ENGINE_MEASURES,
    }
)
"""Every measure that an experiment can ask for, so that a mistyped one is found before one runs.
``measures`` yields no other; which of them a run has depends on what it did."""
