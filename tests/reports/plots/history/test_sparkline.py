"""A sparkline: a line, a band, upright lines, and words for those who cannot see."""

from __future__ import annotations

from reports.plots.history.sparkline import sparkline


def test_a_series_is_a_line_with_its_last_night() -> None:
    drawn = sparkline([1.0, 2.0, 1.5, 1.6], "what it shows")
    assert drawn.count('class="spark-line"') == 1
    assert drawn.count('class="spark-last"') == 1
    assert drawn.count('class="spark-band"') == 1
    assert "<desc>what it shows</desc>" in drawn


def test_a_missing_night_breaks_the_line_and_a_single_one_is_a_point() -> None:
    drawn = sparkline([1.0, 2.0, None, 3.0, None, 4.0, 5.0], "x")
    assert drawn.count('class="spark-line"') == 2
    assert drawn.count('class="spark-point"') == 1


def test_changes_and_boundaries_are_upright_lines() -> None:
    drawn = sparkline([1.0] * 9, "x", changes=[3, 5], boundaries=[2], newest_css="spark-suspect")
    assert drawn.count('class="spark-change"') == 1
    assert drawn.count('class="spark-boundary"') == 1
    assert 'class="spark-suspect"' in drawn
    assert 'class="spark-band"' in drawn


def test_equal_values_one_value_and_none() -> None:
    assert "spark-last" in sparkline([2.0, 2.0], "x")
    assert "spark-last" in sparkline([0.0], "x")
    assert "no data" in sparkline([None, None], "x")
    assert "no data" in sparkline([], "x")
