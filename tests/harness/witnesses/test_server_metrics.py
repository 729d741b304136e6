"""What the server's metrics say, and what they do not."""

from __future__ import annotations

import math

import pytest

from harness.target.reference.dialect import ReferenceDialect
from harness.witnesses.server_metrics import ServerFigures, quantile
from tests.harness.exposition import GAUGES, waits

NAMES = ReferenceDialect().metrics


def test_gauges_have_our_names() -> None:
    found, _ = ServerFigures(NAMES).read(GAUGES)
    assert found == {"in_flight": 3, "queue_depth": 40, "pool_in_use": 4, "pool_size": 4}


def test_a_missing_metric_is_named() -> None:
    _, missing = ServerFigures(NAMES).read("# TYPE ingest_queue_ids gauge\ningest_queue_ids 4\n")
    assert set(missing) == {"in_flight", "pool_in_use", "pool_size", "queue_wait", "write"}


def test_a_page_that_is_no_exposition_is_named() -> None:
    found, missing = ServerFigures(NAMES).read("<html>{not metrics</html>")
    assert found == {}
    assert "not Prometheus" in missing["everything"]


def test_quantiles_are_of_the_time_since_the_last_look() -> None:
    figures = ServerFigures(NAMES)
    first, _ = figures.read(waits(1000, 1000, 1000, 1000))
    assert "queue_wait_p95_ms" not in first
    second, _ = figures.read(waits(1000, 1100, 1100, 1100))
    assert second["queue_wait_count"] == 100
    assert second["queue_wait_p95_ms"] == pytest.approx(95.5)


def test_nothing_waited_has_no_quantile() -> None:
    figures = ServerFigures(NAMES)
    figures.read(waits(5, 5, 5, 5))
    again, _ = figures.read(waits(5, 5, 5, 5))
    assert again["queue_wait_count"] == 0
    assert "queue_wait_p95_ms" not in again


def test_a_restarted_server_counts_from_zero() -> None:
    figures = ServerFigures(NAMES)
    figures.read(waits(500, 500, 500, 500))
    after, _ = figures.read(waits(1, 2, 2, 2))
    assert "queue_wait_count" not in after
    later, _ = figures.read(waits(2, 3, 3, 3))
    assert later["queue_wait_count"] == 1


@pytest.mark.parametrize(("q", "expected"), [(0.25, 0.5), (0.5, 1.0), (0.75, 1.5), (1.0, 2.0)])
def test_a_quantile_is_linear_within_its_bucket(q: float, expected: float) -> None:
    assert quantile({1.0: 2.0, 2.0: 4.0, math.inf: 4.0}, q) == pytest.approx(expected)


def test_beyond_the_last_bound_is_the_last_bound() -> None:
    assert quantile({1.0: 0.0, 2.0: 1.0, math.inf: 10.0}, 0.95) == 2.0


def test_a_quantile_of_nothing_is_no_number() -> None:
    assert math.isnan(quantile({1.0: 0.0, math.inf: 0.0}, 0.5))
    assert math.isnan(quantile({}, 0.5))
