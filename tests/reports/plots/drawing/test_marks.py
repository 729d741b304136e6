"""Each mark draws what it holds, breaks where nothing is known, and labels itself."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from reports.plots.drawing.marks import (
    Band,
    Bars,
    Density,
    Line,
    Mark,
    Moment,
    Moments,
    Points,
    Rule,
    Strokes,
    Words,
    limit,
)
from reports.plots.drawing.svg import Scale

X = Scale(low=0, high=10, start=100, end=200)
Y = Scale(low=0, high=10, start=100, end=0)


def paths(mark: Mark) -> list[str]:
    return re.findall(r' d="([^"]*)"', "".join(mark.draw(X, Y)))


def test_a_line_is_broken_where_a_value_is_not_finite() -> None:
    line = Line(at_s=[0, 1, 2, 3, 4], values=[1, 2, math.nan, 4, 5])
    assert paths(line) == ["M100 90L110 80", "M130 60L140 50"]


def test_a_single_value_between_gaps_is_a_dot() -> None:
    assert paths(Line(at_s=[1, 2, 3], values=[math.nan, 5, math.inf])) == ["M120 50h0"]


def test_a_step_holds_until_the_next_moment_and_the_last_one_to_the_edge() -> None:
    assert paths(Line(at_s=[0, 2], values=[1, 3], steps=True)) == ["M100 90H120V70H200"]
    broken = Line(at_s=[0, 2, 5], values=[1, 3, math.nan], steps=True)
    assert paths(broken) == ["M100 90H120V70H150"]


def test_a_halo_lies_below_its_line() -> None:
    below, above = Line(at_s=[0, 1], values=[1, 2], css="line-p95", halo=True).draw(X, Y)
    assert "line-under" in below
    assert "line-p95" in above


def test_a_lines_label_is_its_name_and_last_value_or_what_it_is_given() -> None:
    def label(**more: str | None) -> list[str]:
        line = Line(name="p50", at_s=[0, 1, 2], values=[1, 2.54, math.nan], **more)  # type: ignore[arg-type]
        return [words for _, words, _ in line.labels()]

    assert label() == ["p50 2.5"]
    assert label(label="half") == ["half"]
    assert label(label="") == []
    assert Line(name="p50", at_s=[0], values=[math.nan]).labels() == []


def test_the_highest_point_has_its_words_on_the_side_with_room() -> None:
    early = Line(at_s=[0, 1, 9], values=[1, 9, 2], highest="early").draw(X, Y)
    late = Line(at_s=[0, 88, 90], values=[1, 9, 2], highest="late")
    wide = Scale(low=0, high=100, start=64, end=832)
    assert "text-anchor" not in early[-1]
    assert 'text-anchor="end"' in late.draw(wide, Y)[-1]


def test_a_lines_cells_are_its_values_at_each_moment() -> None:
    line = Line(at_s=[1, 2, 3, 4], values=[5, math.nan, math.inf, 7.25], infinite="no answer")
    ticks = np.array([0.0, 1.0, 1.5, 2.0, 3.0, 9.0])
    assert line.cells(ticks) == ["", "5", "5", "", "no answer", "7.2"]


def test_points_cells_count_since_the_moment_before() -> None:
    points = Points(at_s=[3, 0, 1], values=[1, 1, 1])
    assert points.cells(np.array([0.0, 2.0, 4.0])) == ["1", "1", "1"]


def test_a_band_lies_between_two_lines_or_above_zero() -> None:
    upper, lower = (Line(at_s=[0, 4], values=[v, v]) for v in (5, 2))
    assert paths(Band(upper=upper, lower=lower)) == ["M100 50H140V80H100Z"]
    assert paths(Band(upper=upper)) == ["M100 50H140V100H100Z"]


def test_a_band_is_broken_with_its_lines() -> None:
    upper = Line(at_s=[0, 1, 2, 3, 4], values=[5, 5, math.nan, 5, 5])
    assert len(paths(Band(upper=upper))) == 2


def test_points_are_one_path_and_those_without_a_value_are_left_out() -> None:
    points = Points(at_s=[1, 2, 3], values=[1, math.nan, 3])
    assert paths(points) == ["M110 90h0M130 70h0"]
    assert Points(at_s=[1], values=[math.nan]).draw(X, Y) == []


def test_points_that_would_hide_each_other_are_one_where_asked() -> None:
    crowd = {"at_s": np.linspace(0, 1, 100), "values": np.ones(100)}
    assert paths(Points(**crowd))[0].count("M") == 100
    assert paths(Points(**crowd, apart=5.0))[0].count("M") == 2


def test_points_have_a_label_at_their_last_value() -> None:
    points = Points(at_s=[1, 2], values=[3, 4], css="cross", label="2 failed")
    assert points.labels() == [(4.0, "2 failed", "label cross-label")]
    assert Points(label="none").labels() == []


def test_density_is_stronger_where_there_are_more() -> None:
    many = Density(at_s=[1] * 9 + [9], values=[5] * 9 + [9], css="heat", key="10 requests")
    drawn = "".join(many.draw(X, Y))
    assert "heat-5" in drawn
    assert "heat-1" in drawn
    assert many.entry(X, Y) == "10 requests: stronger is more, 1 to 9 a square"


def test_density_joins_neighbours_of_one_shade() -> None:
    row = Density(at_s=np.linspace(0, 10, 500), values=np.full(500, 5.0), css="heat")
    assert sum(path.count("M") for path in paths(row)) <= 3


def test_no_density_is_neither_drawn_nor_keyed() -> None:
    nothing = Density(css="heat", key="0 requests")
    assert nothing.draw(X, Y) == []
    assert nothing.entry(X, Y) == ""


def test_bars_lie_between_their_corners_and_are_never_invisible() -> None:
    assert paths(Bars(spans=[(0, 2, 5, 8)], css="bar")) == ["M100 20h50v60h-50z"]
    assert "h0.6v" in paths(Bars(spans=[(1, 0, 1, 5)], css="bar"))[0]
    assert Bars(spans=[], css="bar").draw(X, Y) == []


def test_bars_need_both_of_their_corners_on_the_axes() -> None:
    at_s, values = Bars(spans=[(0, 2, 5, 8), (6, 0, 9, 1)], css="bar").reach()
    assert (at_s.max(), values.max()) == (9, 8)


def test_a_hover_text_is_escaped() -> None:
    assert "&lt;b&gt;" in Bars(spans=[(0, 2, 5, 8)], css="bar", hover="<b>").draw(X, Y)[0]


def test_strokes_are_straight_lines() -> None:
    assert paths(Strokes(spans=[(0, 1, 2, 3)], css="s")) == ["M100 90L120 70"]


@pytest.mark.parametrize(
    "mark",
    [
        Points(at_s=[5], values=[3], css="m"),
        Bars(spans=[(3, 3, 5, 4)], css="m"),
        Strokes(spans=[(3, 3, 5, 3)], css="m"),
        Density(at_s=[3], values=[3], css="m"),
    ],
)
def test_every_mark_has_a_sample_inside_its_square(mark: Mark) -> None:
    at_s, values = mark.sample().reach()
    assert ((at_s >= 0) & (at_s <= 1)).all()
    assert ((values >= 0) & (values <= 1)).all()


def test_a_limit_is_a_line_with_its_figure_or_nothing() -> None:
    [rule] = limit("limit", 7.0, "ms")
    assert rule.labels() == [(7.0, "limit 7 ms", "label target-label")]
    assert 'y1="30"' in rule.draw(X, Y)[0]
    assert limit("limit", None) == []


def test_words_and_rules_need_room_on_the_axis_only() -> None:
    for mark in (Words(value=3, label="w"), Rule(value=3)):
        at_s, values = mark.reach()
        assert (len(at_s), values.tolist()) == (0, [3])


def test_moments_name_themselves_where_there_is_room() -> None:
    close = [
        Moment(5.0, "killed", "crash", words_before=True),
        Moment(5.1, "killed again", "crash"),
    ]
    wide = Scale(low=0, high=10, start=64, end=832)
    drawn = "".join(Moments(moments=[*close, Moment(5.2, "no room", "crash")]).draw(wide, Y))
    assert drawn.count("<line") == 3
    assert "again" in drawn
    assert "no room" not in drawn
