"""Timings of a hand-written measurement."""

from __future__ import annotations

from benchmarks.load.tools import Timings


def timings(p50: float = 1.0, p95: float = 2.0, p99: float = 5.0, n: int = 100) -> Timings:
    return Timings(n=n, p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=2 * p99)
