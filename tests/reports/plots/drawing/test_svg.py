"""The drawing primitives: well-formed, escaped, deterministic, and true to their figures."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from reports.plots.drawing import svg

places = st.floats(-1e5, 1e5, allow_nan=False)


@given(st.text(), st.text())
def test_any_text_survives_as_text(inside: str, attribute: str) -> None:
    drawn = svg.element("text", inside, class_=attribute)
    read = ElementTree.fromstring(drawn)
    assert len(read) == 0
    plain = svg.clean(inside).replace("\r", "")
    assert (read.text or "") == plain


def test_markup_in_a_text_is_escaped_and_drawn_children_are_not() -> None:
    drawn = svg.group([svg.text(1, 2, "<script>&", "label")])
    assert "<script" not in drawn
    assert "&lt;script&gt;&amp;" in drawn
    assert drawn.startswith("<g><text ")


def test_a_document_names_and_describes_itself_first() -> None:
    drawn = svg.document(10, 5, "What", "It fell.", [svg.line(0, 0, 1, 1, "grid")])
    root = ElementTree.fromstring(drawn)
    names = [child.tag.rpartition("}")[2] for child in root]
    assert names == ["title", "desc", "line"]
    assert root.get("role") == "img"
    assert root[1].text == "It fell."


def test_only_this_module_makes_markup() -> None:
    assert isinstance(svg.shapes([(1, 2)], "dot", "dot"), Markup)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, float("nan"))])
def test_a_scale_without_extent_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="low < high"):
        svg.Scale(low=low, high=high, start=0, end=1)


def test_a_logarithmic_scale_from_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        svg.Scale(low=0, high=1, start=0, end=1, log=True)


def test_values_map_linearly_logarithmically_and_to_the_edge() -> None:
    linear = svg.Scale(low=0, high=10, start=100, end=200)
    logarithmic = svg.Scale(low=1, high=100, start=0, end=50, log=True)
    assert [linear(v) for v in (-5, 0, 5, 10, 99)] == [100, 100, 150, 200, 200]
    assert logarithmic(10) == pytest.approx(25)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 9))
def test_linear_ticks_lie_inside_and_are_few(low: float, span: float, at_most: int) -> None:
    scale = svg.Scale(low=low, high=low + span, start=0, end=1)
    ticks = scale.ticks(at_most)
    assert len(ticks) <= at_most + 1
    assert all(low - span * 1e-6 <= t <= low + span * (1 + 1e-6) for t in ticks)


def test_ticks_are_round() -> None:
    assert svg.Scale(low=0, high=60, start=0, end=1).ticks(4) == [0, 20, 40, 60]
    assert svg.Scale(low=3, high=440, start=0, end=1, log=True).ticks(7) == [
        5,
        10,
        20,
        50,
        100,
        200,
    ]
    assert svg.Scale(low=0.1, high=1e6, start=0, end=1, log=True).ticks(8)[0] == 0.1


def test_time_ticks_divide_minutes_and_hours() -> None:
    assert svg.Scale(low=0, high=200, start=0, end=1).time_ticks() == [30.0 * i for i in range(7)]
    assert svg.Scale(low=0, high=7200, start=0, end=1).time_ticks()[1] == 900
    assert svg.Scale(low=0, high=0.5, start=0, end=1).time_ticks(5)[1] == 0.1


def test_long_runs_are_labelled_in_minutes() -> None:
    scale = svg.Scale(low=0, high=600, start=0, end=1)
    assert ">2:00<" in svg.time_axis(scale, y=0)
    assert "min:s" in svg.time_axis(scale, y=0)


def test_a_step_keeps_its_height_until_the_next_point() -> None:
    drawn = svg.path_through(svg.step_corners([(0, 10), (5, 4), (9, 4)]), "line")
    assert 'd="M0 10H5V4H9"' in drawn


def test_a_closed_path_returns_to_its_beginning() -> None:
    drawn = svg.path_through([(0, 1), (4, 1), (4, 0), (4, 5), (0, 5)], "fill", closed=True)
    assert 'd="M0 1H4V0V5H0Z"' in drawn


@given(st.lists(st.tuples(places, places), min_size=1, max_size=300))
def test_thinning_keeps_the_ends_and_the_extremes(points: list[svg.Point]) -> None:
    points.sort()
    xs, ys = np.array(points, dtype=float).T
    kept = svg.thin_places(xs, ys, pixel=50)
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert {min(y for _, y in points), max(y for _, y in points)} <= {y for _, y in kept}
    assert kept == [p for p in points if p in kept][: len(kept)] or len(set(points)) < len(points)


def test_thinning_bounds_the_size() -> None:
    number = np.arange(100_000)
    assert len(svg.thin_places(number / 1000, number % 7.0)) <= 4 * 101


def test_a_place_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a place"):
        svg.line(0, float("nan"), 1, 1, "grid")


def test_labels_are_spread_in_order_and_kept_inside() -> None:
    moved = svg.spread([50, 52, 51, 100], apart=10, low=0, high=100)
    ranked = sorted(moved)
    assert moved[0] < moved[2] < moved[1] < moved[3] <= 100
    assert all(b - a >= 10 for a, b in pairwise(ranked))
    assert svg.spread([99, 99], apart=10, low=0, high=100) == [90, 100]


@pytest.mark.parametrize("shape", svg.SHAPES)
def test_each_shape_begins_at_its_point_or_a_radius_from_it(shape: str) -> None:
    root = ElementTree.fromstring(svg.shapes([(20, 5), (40, 5)], shape, "mark", size=6))
    starts = [piece.split("L")[0] for piece in (root.get("d") or "").split("M")[1:]]
    places = [tuple(float(v) for v in re.findall(r"-?[\d.]+", one)[:2]) for one in starts]
    assert places[1][0] - places[0][0] == pytest.approx(20)
    assert math.dist(places[0], (20, 5)) <= 3 * 1.5


def test_shapes_can_lie_over_one_another() -> None:
    both = svg.shapes([(1, 2)], "circle cross", "mark")
    assert both.count("M") == 2


def test_an_unknown_shape_is_refused() -> None:
    with pytest.raises(KeyError, match="star"):
        svg.shapes([(1, 2)], "star", "mark")


def test_points_that_would_hide_each_other_are_one() -> None:
    assert svg.apart([(0, 5), (3, 5), (6, 5), (2, 50)], 5) == [(0, 5), (6, 5), (2, 50)]


def test_bands_take_corners_in_any_order() -> None:
    assert svg.band(5, 9, 1, 2, "b") == svg.band(1, 2, 5, 9, "b")


def test_an_axis_below_has_the_ticks_that_it_is_given() -> None:
    scale = svg.Scale(low=1, high=100, start=0, end=200, log=True)
    drawn = svg.axis_below(scale, [(10.0, "ten")], y=5, title="ms")
    assert '<text x="100" y="24" class="tick" text-anchor="middle">ten</text>' in drawn
    assert ">ms<" in drawn
