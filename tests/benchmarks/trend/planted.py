"""Histories in which something is planted, and what their trend says."""

from __future__ import annotations

from typing import Any

from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, suites_of
from reports.history.record import SeriesTrend, TrendRecord
from reports.history.trend import trend

STEP = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=17, factor=1.25)
FATE = PlantedFate(scenario="load_with_outage", night=20)


def trend_of(*patterns: str, **nights: Any) -> TrendRecord:
    """Return the trend of nights like these."""
    suites = suites_of(Nights(**nights))
    return trend([(f"{n:064x}", facts) for n, facts in enumerate(suites)], patterns=patterns)


def series(found: TrendRecord, scenario: str, figure: str) -> SeriesTrend:
    """Return one series of a trend."""
    [one] = [s for s in found.series if (s.scenario, s.figure) == (scenario, figure)]
    return one
