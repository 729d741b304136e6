"""Trials as they might have been measured."""

from __future__ import annotations

from benchmarks.monitoring.cost import CostTrial
from benchmarks.monitoring.freshness import FreshnessTrial

READ = FreshnessTrial(
    impressions=1_000_000,
    users=2_000,
    active_users=1_999,
    at_risk=1_500,
    reads=9,
    median_ms=0.8,
    worst_ms=2.25,
    scan_s=3.21,
    differences=0,
)


def cost_of(ratio: float, variant: str = "all") -> CostTrial:
    return CostTrial(
        variant,
        200,
        watched=[1_000 * ratio],
        plain=[1_000.0],
        others=[0.03],
        watched_cpu_us=[20.6],
        plain_cpu_us=[20.0],
    )
