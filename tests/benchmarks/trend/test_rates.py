"""What is counted: alarms among unchanged series, planted steps and fates that are dated."""

from __future__ import annotations

from benchmarks.trend.nights import Nights
from benchmarks.trend.rates import against_baseline, dated, unchanged, whole


def test_unchanged_series_are_counted() -> None:
    found = unchanged(Nights(), "normal", 20)
    assert (found.changed.n, found.nights) == (20, 24)
    assert found.changed.count <= 1


def test_a_large_step_is_dated_and_a_late_one_is_suspect() -> None:
    assert dated(1.5, 0.03, 20, 5, 5).dated.count == 5
    late = dated(1.5, 0.03, 20, 1, 5)
    assert (late.dated.count, late.suspect.count) == (0, 5)


def test_whole_histories_date_steps_and_fates() -> None:
    found = whole(2, 24)
    assert (found.histories, found.unchanged) == (2, 28)
    assert (found.dated.count, found.fates.count) == (2, 2)


def test_a_baseline_finds_a_large_step_and_little_else() -> None:
    found = against_baseline(12, 1.6, 6)
    assert found.found.count == 6
    assert found.worse.count <= 2
