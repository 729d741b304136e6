"""What every picture shares: no data is shown as such, and figures are short."""

from __future__ import annotations

import math

import pytest

from reports.plots.drawing.picture import checked_times, no_data, seconds
from tests.reports.plots.reading import labels


def test_a_picture_of_no_data_says_why() -> None:
    picture = no_data("Title", "no page reported <anything>")
    assert labels(picture) == ["No data", "no page reported <anything>"]
    assert picture.description == "No data: no page reported <anything>."
    assert picture.rows[1] == (picture.description,)


@pytest.mark.parametrize(("value", "text"), [(0.1234, "0.12"), (12.345, "12.3"), (0.0, "0")])
def test_seconds_have_as_many_digits_as_a_reader_can_use(value: float, text: str) -> None:
    assert seconds(value) == text


def test_times_are_put_in_order() -> None:
    assert checked_times([3, 1, 2], "at_s").tolist() == [1, 2, 3]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_time_that_is_not_finite_is_refused_by_name(value: float) -> None:
    with pytest.raises(ValueError, match="at_s must all be finite"):
        checked_times([1.0, value], "at_s")
