"""The server's metrics as figures: Prometheus' text format, and what changed since the last look.

The target's dialect names the metric of each figure (``MetricNames``); a figure that
the server does not have is named as missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from harness.target.dialect import MetricNames

FIGURES = ("in_flight", "queue_depth", "pool_in_use", "pool_size", "queue_wait", "write")
"""The figures that a server should have; ``queue_wait`` and ``write`` are durations."""

Buckets = dict[float, float]


class ServerFigures:
    """Reads one exposition after the other; quantiles are those of the time since the last."""

    def __init__(self, names: MetricNames) -> None:
        self._names = names
        self._before: dict[str, Buckets] = {}

    def read(self, text: str) -> tuple[dict[str, float], dict[str, str]]:
        """Return the figures by name, unit last, and what is missing with the reason."""
        found: dict[str, float] = {}
        buckets: dict[str, Buckets] = {}
        try:
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    self._take(sample.name, sample.labels, sample.value, found, buckets)
        except ValueError as error:
            what = f"{self._names.path} is not Prometheus' text format: {error}"
            return {}, {"everything": what}
        for name, now in buckets.items():
            before = self._before.get(name, {})
            recent = {bound: count - before.get(bound, 0.0) for bound, count in now.items()}
            if before and min(recent.values()) >= 0:  # a restarted server counts from zero
                found |= _recent(name, recent)
        self._before = buckets
        missing = [n for n in FIGURES if n not in found and n not in buckets]
        return found, dict.fromkeys(missing, f"the server's {self._names.path} has no such metric")

    def _take(
        self,
        name: str,
        labels: Mapping[str, str],
        value: float,
        found: dict[str, float],
        buckets: dict[str, Buckets],
    ) -> None:
        """Add one sample to the figures it belongs to."""
        names = self._names
        if name in names.gauges:
            found[names.gauges[name]] = value
        for (counter, label, wanted), figure in names.counters.items():
            if name == counter and labels.get(label, "") == wanted:
                found[figure] = found.get(figure, 0.0) + value
        stem = name.removesuffix("_bucket")
        if stem != name and stem in names.histograms:
            one = buckets.setdefault(names.histograms[stem], {})
            bound = float(labels["le"])
            one[bound] = one.get(bound, 0.0) + value


def quantile(buckets: Mapping[float, float], q: float) -> float:
    """Return a quantile of a cumulative histogram as Prometheus' ``histogram_quantile`` does:
    linear within the bucket, the last finite bound where it lies beyond; nan without a count."""
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    if total <= 0:
        return math.nan
    rank, low, below = q * total, 0.0, 0.0
    for bound in bounds:
        count = buckets[bound]
        if count >= rank:
            if math.isinf(bound):
                return low
            inside = count - below
            return low + (bound - low) * ((rank - below) / inside if inside else 1.0)
        low, below = bound, count
    return low


def _recent(name: str, recent: Buckets) -> dict[str, float]:
    """Return count and quantiles of what was observed since the last look, of nothing none."""
    count = recent[max(recent)]
    figures = {f"{name}_count": count}
    for label, q in (("p50", 0.5), ("p95", 0.95)):
        value = quantile(recent, q)
        if not math.isnan(value):
            figures[f"{name}_{label}_ms"] = 1000 * value
    return figures
