"""Response times by arm: every request counts, and one that was never answered is no fast one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.core.types import Floats
from reports.plots.drawing.picture import Picture
from reports.plots.experiments.ecdf import POINTS_MOST, ecdf
from tests.reports.plots.reading import by_class, dots_in, labels, read

times = st.lists(st.floats(0, 1e7) | st.just(math.inf), max_size=50)


def drawn(**arms: list[float] | Floats) -> Picture:
    return ecdf({name: np.asarray(ms, float) for name, ms in arms.items()})


@given(times, times)
@settings(max_examples=60, deadline=None)
def test_any_times_can_be_drawn(one: list[float], other: list[float]) -> None:
    picture = drawn(one=one, other=other)
    read(picture)
    has_any = any(math.isfinite(ms) for ms in (*one, *other))
    assert ("No data" in labels(picture)) is not has_any


def test_each_arm_has_a_line_three_marks_and_its_p95() -> None:
    picture = drawn(old=np.arange(1.0, 101), new=np.arange(2.0, 202, 2))
    assert len(by_class(picture, "arm-line")) == 2
    assert dots_in(picture, "arm") == 2 * (3 + 1), "one of each in the legend"
    assert {"old: p95 96 ms", "new: p95 192 ms"} <= set(labels(picture))
    assert picture.rows[1] == (
        *("old", "100", "0"),
        *("51 ms", "91 ms", "96 ms", "100 ms", "100 ms"),
    )


def test_many_requests_become_few_points() -> None:
    picture = drawn(old=np.linspace(1, 500, 50_000))
    [line] = by_class(picture, "arm-line")
    corners = sum((line.get("d") or "").count(letter) for letter in "MLHV")
    assert corners <= POINTS_MOST
    assert "50,000 requests" in picture.description


def test_what_was_never_answered_keeps_the_line_below_all() -> None:
    picture = drawn(old=[10.0] * 90 + [math.inf] * 10)
    assert "10 never answered" in picture.description
    assert "95 % within never answered" in picture.description
    [line] = by_class(picture, "arm-line")
    full = drawn(old=[10.0] * 100)
    [whole] = by_class(full, "arm-line")
    assert line.get("d") != whole.get("d")


def test_an_arm_without_requests_is_in_the_table_only() -> None:
    picture = drawn(old=[1.0, 2.0], new=[])
    assert [row[:2] for row in picture.rows[1:]] == [("old", "2"), ("new", "0")]
    assert len(by_class(picture, "arm-line")) == 1
