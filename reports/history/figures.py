"""Which figures a trend follows, and which way of them is worse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from reports.history.record import Way

FOLLOWED = (
    "load_response_p??_ms",
    "shown_to_durable_p??_ms",
    "fault_end_to_durable_p95_ms",
    "load_drained_after_fault_s",
    "*_per_impression_*",
    "requests_per_1000_impressions",
    "insert_mean_ms",
    "rows_per_commit",
    "*_rss_peak_mib",
)
"""Patterns of the figures that are followed where none is named: latencies and costs."""

_QUANTILE = re.compile(r"_p\d+_ms$")
_MORE_IS_BETTER = ("rows_per_commit", "load_rate_per_s")
_MORE_IS_WORSE = re.compile(r"_(ms|s|bytes|percent|mib)$|_per_1000_impressions$")


def chosen(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the names that match any of the patterns, in their order."""
    wanted = list(patterns)
    return [name for name in names if any(fnmatchcase(name, one) for one in wanted)]


def way_of(figure: str, difference: float) -> Way:
    """Return what a change of this sign means for the figure."""
    if figure in _MORE_IS_BETTER or figure.endswith("_per_s"):
        return "better" if difference > 0 else "worse"
    if _MORE_IS_WORSE.search(figure):
        return "worse" if difference > 0 else "better"
    return "changed"


def stem_of(figure: str) -> str:
    """Return the name of a quantile's figure without quantile and unit."""
    return _QUANTILE.sub("", figure)
