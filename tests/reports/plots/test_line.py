"""What the visitors' line was: in bands and dots, in words and in figures."""

from __future__ import annotations

import math

import pytest

from reports.evidence.faults import Measured
from reports.plots.drawing.picture import Picture
from reports.plots.line import nominal_and_measured
from tests.reports.plots.reading import by_class, dots_in, labels, read


def measured(
    before: float | None = 402.0, after: float | None = 401.0, high: float | None = 420.0
) -> Measured:
    return Measured(
        what="round_trip_ms", nominal=400, low=380, high=high, before=before, after=after
    )


def drawn(*measures: Measured) -> Picture:
    return nominal_and_measured("Slow 3G: 400 ms", "packets", measures)


def test_what_is_within_its_tolerance_is_a_dot_on_the_band() -> None:
    picture = drawn(measured())
    assert picture.description.endswith("2 measures before and after: all within tolerance.")
    assert dots_in(picture, "peak-dot") == 2
    assert "400 ms; 402 ms, 401 ms" in labels(picture)
    assert picture.rows[1] == ("round trip", "400 ms", "380 ms", "420 ms", "402 ms", "401 ms")


@pytest.mark.parametrize("value", [207.0, 900.0, math.nan])
def test_what_is_off_is_a_cross_and_counted(value: float) -> None:
    picture = drawn(measured(after=value))
    assert "1 of 2 outside their tolerance" in picture.description
    assert dots_in(picture, "peak-dot") == 1
    assert dots_in(picture, "cross") >= 1
    assert by_class(picture, "label-bad")


def test_without_an_upper_bound_everything_above_is_within() -> None:
    assert "all within" in drawn(measured(after=9_000.0, high=None)).description


def test_a_tolerance_of_nothing_and_measures_that_are_missing_are_drawn() -> None:
    none = Measured(what="loss_up", nominal=0.0, low=0.0, high=0.0, before=0.0, after=None)
    picture = drawn(none, measured(before=None, after=None))
    read(picture)
    assert picture.rows[1] == ("packets lost up", "0.0 %", "0.0 %", "0.0 %", "0.0 %", "")


def test_no_measure_is_reported() -> None:
    assert drawn().description == "No data: the line was not measured."
