"""What a generator tells of itself every second."""

from __future__ import annotations

import pytest

from harness.load.generator.pulse import histogram_of

MS = 1_000_000
HOUR_US = 3_600_000_000


def test_the_histogram_of_a_second_holds_every_response() -> None:
    histogram = histogram_of([n * MS for n in range(1, 1001)] + [1000 * MS] * 9_000)
    assert histogram.get_total_count() == 10_000
    assert histogram.get_value_at_percentile(5) == pytest.approx(500_000, rel=0.001)
    assert histogram.get_value_at_percentile(50) == pytest.approx(1_000_000, rel=0.001)


def test_what_is_out_of_range_counts_at_its_end() -> None:
    histogram = histogram_of([-5, 0, 2 * HOUR_US * 1000])
    assert histogram.get_total_count() == 3
    assert histogram.get_min_value() == 1
    assert histogram.get_max_value() == pytest.approx(HOUR_US, rel=0.001)


def test_a_second_without_responses_is_an_empty_histogram() -> None:
    assert histogram_of([]).get_total_count() == 0
