"""Every arm has a shape, a class and a short name."""

from __future__ import annotations

from reports.plots.drawing import svg
from reports.plots.experiments.arms import NAME_MOST, SHAPES, PointNames, points, short, style


def test_shapes_are_known_and_differ_and_begin_again() -> None:
    assert len(set(SHAPES)) == len(SHAPES)
    assert {one for shape in SHAPES for one in shape.split()} <= set(svg.SHAPES)
    assert [style(n) for n in (0, 7, 8)] == ["arm-0", "arm-7", "arm-0"]
    assert points(9, (1,), (1,)).shape == SHAPES[1]


def test_a_long_name_is_cut_and_stays_in_one_line() -> None:
    assert short("a\nb") == "a b"
    assert len(short("x" * 99)) == NAME_MOST
    assert short("x" * 99).endswith("…")


def test_a_name_stands_on_the_side_with_room() -> None:
    scale = svg.Scale(low=0, high=1, start=0, end=200)
    names = PointNames("", (0.0, 1.0), (0.5, 0.5), names=("left", "right"))
    left, right = names.draw(scale, scale)
    assert 'x="15"' in left
    assert "text-anchor" not in left
    assert 'x="185"' in right
    assert 'text-anchor="end"' in right
