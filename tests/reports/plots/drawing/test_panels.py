"""The grammar of pictures: what a panel shows, and how panels, labels, legend and table lie."""

from __future__ import annotations

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.core.types import Floats
from reports.evidence.faults import FaultSpan
from reports.plots.drawing.marks import Line, Moment, Moments, Points, Words, limit
from reports.plots.drawing.panels import Panel, draw, time_scale
from reports.plots.drawing.picture import Picture
from reports.plots.drawing.svg import Scale
from tests.reports.plots.reading import by_class, dots_in, height, labels, read, spans

ten = np.arange(10.0)


def rise(**more: object) -> Line:
    return Line(**{"name": "rise", "at_s": ten, "values": ten, **more})  # type: ignore[arg-type]


def drawn(*panels: Panel, **more: object) -> Picture:
    return draw("Title", "Words.", panels, **more)  # type: ignore[arg-type]


def with_scale(scale: str, *values: float) -> Picture:
    line = Line(name="x", at_s=np.arange(len(values)), values=values)
    return drawn(Panel(title="ms", marks=[line], scale=scale))  # type: ignore[arg-type]


def temperature(at_s: Floats, celsius: Floats, faults: list[FaultSpan]) -> Picture:
    """Draw a machine's temperature, its limit, and when it was throttled."""
    hot = at_s[celsius > 80]
    core = Line(name="core", at_s=at_s, values=celsius)
    throttled = Points(name="throttled", at_s=hot, values=[0.5] * len(hot), css="cross")
    panels = [
        Panel(
            title="degrees Celsius",
            unit="°C",
            scale="zoomed",
            marks=[core, *limit("limit", 80, "°C")],
        ),
        Panel(lanes=["throttled"], height=30, marks=[throttled]),
    ]
    return draw("Temperature", f"{celsius.max():.0f} °C at most.", panels, faults)


def test_a_new_picture_of_time_takes_fifteen_lines() -> None:
    assert len(inspect.getsource(temperature).splitlines()) <= 15
    picture = temperature(ten, 75 + ten, [FaultSpan("fan stopped", 2.0, 5.0)])
    assert {"core 84", "limit 80 °C", "degrees Celsius, not from zero"} <= set(labels(picture))
    assert picture.description == "84 °C at most. Faults: fan stopped from 2 s to 5 s."
    assert picture.rows[0] == ("second", "core °C", "throttled")
    assert picture.rows[-1] == ("9", "84", "1")
    assert dots_in(picture, "cross") == 4
    assert len(by_class(picture, "fault-shade")) == 2


def test_a_panel_without_values_is_left_out() -> None:
    empty = Panel(title="nothing", marks=[rise(values=ten * np.nan), *limit("limit", 3.0)])
    picture = drawn(
        empty, Panel(title="nothing at all", marks=[]), Panel(title="some", marks=[rise()])
    )
    assert "nothing" not in picture.svg
    assert "some" in labels(picture)


def test_no_values_at_all_are_no_data() -> None:
    picture = drawn(Panel(title="nothing", marks=[]))
    assert picture.description == "No data: nothing was measured."
    assert drawn().description == picture.description


@pytest.mark.parametrize(("high", "kind"), [(10.0, "from zero"), (10_000.0, "logarithmic")])
def test_an_axis_is_logarithmic_where_a_linear_one_would_be_flat(high: float, kind: str) -> None:
    assert f"ms, {kind}" in labels(with_scale("log", *[5.0] * 20, high))


def test_only_an_axis_that_may_be_something_else_says_that_it_is_from_zero() -> None:
    assert "ms" in labels(with_scale("linear", 1, 2))
    assert "ms, not from zero" in labels(with_scale("zoomed", 900, 901))


def test_zeros_lie_on_the_edge_of_a_logarithmic_axis() -> None:
    read(with_scale("log", 0.0, 1.0, 1000.0))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.sampled_from(["linear", "log", "zoomed"]))
def test_any_values_have_an_axis(values: list[float], scale: str) -> None:
    read(with_scale(scale, *values))


def test_panels_lie_below_one_another_on_one_axis_of_time() -> None:
    one, two = (Panel(title=name, marks=[rise()], height=100) for name in ("a", "b"))
    assert height(drawn(one, two)) == height(drawn(one)) + 100 + 46
    assert labels(drawn(one, two)).count("seconds since the run's start") == 1


def test_another_axis_replaces_the_time() -> None:
    scale = Scale(low=0, high=1, start=100, end=200)
    picture = drawn(Panel(lanes=["only"], marks=[rise()]), x=scale, x_title="")
    assert "seconds since the run's start" not in labels(picture)
    assert float(by_class(picture, "tick")[0].get("x") or 0) == 92


def test_the_time_reaches_from_the_beginning_to_the_last_event() -> None:
    assert time_scale([3.0], [FaultSpan("late", 5.0, None)]).high == pytest.approx(5.05)
    assert time_scale([], begin_s=4.0).low == 4.0


@given(spans)
def test_any_faults_can_be_drawn(faults: list[FaultSpan]) -> None:
    picture = drawn(Panel(title="a", marks=[rise()]), faults=faults)
    assert len(by_class(picture, "fault-shade")) == len(faults)


def test_labels_at_one_place_do_not_collide() -> None:
    words = [Words(value=5.0, label=f"label {n}", css="label") for n in range(5)]
    picture = drawn(Panel(title="a", marks=[rise(label=""), *words]))
    places = [float(e.get("y") or 0) for e in by_class(picture, "label")]
    assert all(later - earlier >= 15 for earlier, later in pairwise(places))


def test_marks_with_a_key_stand_in_the_legend_with_a_sample() -> None:
    points = Points(at_s=[1, 2], values=[1, 2], css="mark", key="a point")
    nothing = Points(css="mark", key="not here")
    extra = Points(css="mark", shape="circle", key="a circle")
    plain, keyed = (
        drawn(Panel(title="a", marks=[points, nothing]), key=key) for key in ([], [extra])
    )
    assert "not here" not in labels(plain)
    assert dots_in(plain, "mark") == 2 + 1
    assert dots_in(keyed, "mark") == 2 + 2
    assert {"a point", "a circle"} <= set(labels(keyed))


def test_a_long_legend_takes_several_lines() -> None:
    def picture(entries: int) -> Picture:
        key = [Points(css="mark", key=f"the entry number {n}") for n in range(entries)]
        return drawn(Panel(title="a", marks=[rise()]), key=key)

    assert height(picture(20)) > height(picture(2)) > height(picture(0))


def test_the_table_holds_the_named_marks_at_equal_steps_of_time_and_at_peaks() -> None:
    peak = Line(name="peak", at_s=[0, 3.3, 9], values=[1, 7, 2], steps=True, highest="highest")
    points = Points(name="events", at_s=[0.0, 3.0, 9.0], values=[1, 1, 1])
    picture = drawn(Panel(title="a", unit="ids", marks=[peak, points, rise(name="")]))
    assert picture.rows[0] == ("second", "peak ids", "events ids")
    assert ("3.3", "7 (largest)", "0") in picture.rows
    assert [row[0] for row in (picture.rows[1], picture.rows[-1])] == ["0", "9"]
    assert sum(int(row[2]) for row in picture.rows[1:]) == 3


def test_rows_and_a_note_of_its_own() -> None:
    rows = [("what",), ("that",)]
    picture = drawn(Panel(title="a", marks=[rise()]), rows=rows, note="and more")
    assert picture.rows == (("what",), ("that",))
    assert "and more" in labels(picture)


def test_an_axis_of_anything_but_time_has_its_own_ticks() -> None:
    picture = drawn(
        Panel(title="a", marks=[rise()]),
        rows=[("what",)],
        x_title="requests",
        x_ticks=[(2.0, "two"), (8.0, "eight")],
    )
    assert {"two", "eight", "requests"} <= set(labels(picture))
    assert not [words for words in labels(picture) if "seconds" in words]


def test_moments_have_their_words_above_the_panel() -> None:
    moments = Moments(moments=[Moment(2.0, "killed", "crash")])
    picture = drawn(Panel(lanes=["a"], marks=[rise(values=ten / 10), moments]))
    [line] = by_class(picture, "crash")
    [words] = by_class(picture, "crash-label")
    assert float(words.get("y") or 0) < float(line.get("y1") or 0)
