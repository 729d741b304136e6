"""Figures of what an experiment measured itself, on a table of its own or in a page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from harness.core.clock import NS_PER_S
from harness.core.outcome import Outcome
from harness.ledger.kinds.activity import Benched, BenchFigureName
from reports.core.kinds import of_kind
from reports.core.types import Flags, Floats
from reports.evidence.frame import LedgerFrames

_TIMES: Mapping[str, BenchFigureName] = {
    "bench_insert": "insert_ms",
    "bench_insert_execute": "insert_execute_ms",
    "bench_freshness": "freshness_ms",
    "bench_anti_join": "anti_join_ms",
    "bench_fresh_answer": "fresh_answer_ms",
}
_QUANTILES = {"p50": 0.5, "p95": 0.95}
_RATIOS: Mapping[str, tuple[BenchFigureName, BenchFigureName]] = {
    "bench_wal_per_row_bytes": ("insert_wal_bytes", "insert_rows"),
    "bench_wal_after_checkpoint_per_row_bytes": (
        "insert_wal_after_checkpoint_bytes",
        "insert_rows_after_checkpoint",
    ),
    "bench_table_per_row_bytes": ("table_bytes", "table_rows"),
    "bench_indexes_per_row_bytes": ("indexes_bytes", "table_rows"),
}
_MIB: Mapping[str, BenchFigureName] = {
    "bench_expiry_wal_mib": "expiry_wal_bytes",
    "bench_stored_before_mib": "stored_before_bytes",
    "bench_stored_mib": "stored_bytes",
    "bench_stored_after_refill_mib": "stored_after_refill_bytes",
}
_PLAIN: Mapping[str, BenchFigureName] = {
    "bench_index_build_s": "index_build_s",
    "bench_expiry_s": "expiry_s",
}
_WAITS: Mapping[str, tuple[BenchFigureName, ...]] = {
    "picture_wait_mean_ms": ("predicted_wait_ms", "other_wait_ms"),
    "predicted_picture_wait_mean_ms": ("predicted_wait_ms",),
    "other_picture_wait_mean_ms": ("other_wait_ms",),
}
"""Figure → the waits for pictures that it is the mean of, all of which must be there."""

BENCH_MEASURES = (
    *(f"{name}_{label}_ms" for name in _TIMES for label in _QUANTILES),
    *_RATIOS,
    *_MIB,
    *_PLAIN,
    *(
        f"{name}_{when}_build_{label}_ms"
        for name in ("bench_writer", "bench_load")
        for when in ("before", "during")
        for label in ("p95", "max")
    ),
    "bench_fresh_right_percent",
    "bench_fresh_stale_max_s",
    "bench_fresh_stale_p95_s",
    "bench_fresh_statement_ms_per_1000",
    "bench_fresh_statements_per_1000",
    *_WAITS,
)
"""Every figure that a bench can have, by name."""


def bench_measures(ledger: LedgerFrames) -> dict[str, float]:
    """Return the figures of a bench by name, unit last; none where a run has no bench."""
    rows = of_kind(ledger.activity, Benched)
    if rows.empty:
        return {}
    seen = {
        str(name): ones["value"].to_numpy(dtype=float)
        for name, ones in rows.sort_values("mono_ns").groupby("name")
    }
    figures = {
        f"{name}_{label}_ms": _quantile(seen[one], label)
        for name, one in _TIMES.items()
        if one in seen
        for label in _QUANTILES
    }
    for name, (above, below) in _RATIOS.items():
        if above in seen and below in seen and seen[below][-1] > 0:
            figures[name] = float(seen[above][-1] / seen[below][-1])
    figures |= {name: float(seen[one][-1]) / 2**20 for name, one in _MIB.items() if one in seen}
    figures |= {name: float(seen[one][-1]) for name, one in _PLAIN.items() if one in seen}
    for name, waits in _WAITS.items():
        if all(one in seen for one in waits):
            figures[name] = float(np.concatenate([seen[one] for one in waits]).mean())
    return figures | _freshness(seen) | _around_build(ledger, rows)


def _freshness(seen: Mapping[str, Floats]) -> dict[str, float]:
    """Return what questions about freshness cost the database, and how many answers were right: a
    stale one lacks an impression that was stored before it was asked."""
    stale_s = seen.get("fresh_stale_s", np.empty(0))
    if not len(stale_s):
        return {}
    figures = {
        "bench_fresh_right_percent": 100 * float((stale_s == 0).mean()),
        "bench_fresh_stale_p95_s": float(np.quantile(stale_s, 0.95, method="higher")),
        "bench_fresh_stale_max_s": float(stale_s.max()),
    }
    for figure, name in (
        ("bench_fresh_statements_per_1000", "fresh_statements"),
        ("bench_fresh_statement_ms_per_1000", "fresh_statement_ms"),
    ):
        if name in seen:
            figures[figure] = 1000 * float(seen[name][-1]) / len(stale_s)
    return figures


def _around_build(ledger: LedgerFrames, rows: pd.DataFrame) -> dict[str, float]:
    """Return how long the server's answers and the writes to the same table took before an index
    was built, and while it was; what overlaps with the building was during it."""
    built = rows[rows["name"] == "index_build_s"]
    if built.empty:
        return {}
    end_ns = int(built["mono_ns"].iloc[-1])
    start_ns = end_ns - round(float(built["value"].iloc[-1]) * NS_PER_S)
    writes = rows[rows["name"] == "writer_ms"]
    took_ms = writes["value"].to_numpy(dtype=float)
    done_ns = writes["mono_ns"].to_numpy(dtype=float)
    load = ledger.load
    answered = (load["outcome"] == Outcome.ACKNOWLEDGED.value).to_numpy(dtype=bool)
    due_ns = load["scheduled_ns"].to_numpy(dtype=float)
    ended_ns = load["done_ns"].to_numpy(dtype=float)
    response_ms = np.where(answered, (ended_ns - due_ns) / 1e6, np.inf)
    figures = {}
    for name, values, begin, end in (
        ("bench_writer", took_ms, done_ns - took_ms * 1e6, done_ns),
        ("bench_load", response_ms, due_ns, ended_ns),
    ):
        spans: Mapping[str, Flags] = {
            "before": end < start_ns,
            "during": (begin <= end_ns) & (end >= start_ns),
        }
        for when, chosen in spans.items():
            if chosen.any():
                figures[f"{name}_{when}_build_p95_ms"] = _quantile(values[chosen], "p95")
                figures[f"{name}_{when}_build_max_ms"] = float(values[chosen].max())
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def _quantile(values: Floats, label: str) -> float:
    return float(np.quantile(values, _QUANTILES[label], method="higher"))
