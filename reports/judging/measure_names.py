"""The names that a run's measures can have, so that a mistyped one is found before anything runs.

``measures`` yields no other; which of them a run has depends on what it did.
"""

from __future__ import annotations

from harness.ledger.kinds.client import Transport
from reports.judging.bench import BENCH_MEASURES
from reports.judging.measures import LATENCY_QUANTILES, QUANTILES

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
        *(
            f"{process}_{figure}"
            for process in _PROCESSES
            for figure in ("cpu_of_a_core_percent", "rss_peak_mib")
        ),
        *BENCH_MEASURES,
    }
)
"""Every measure that an experiment can compare."""
