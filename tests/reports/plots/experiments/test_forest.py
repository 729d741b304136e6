"""The forest: every arm of every figure, where it lies and how sure that is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.plots.drawing.picture import Picture
from reports.plots.experiments.forest import ForestGroup, ForestRow, forest, stretched
from tests.reports.plots.reading import by_class, labels, read

logs = st.floats(-5, 5)


def row(
    estimate: float | None = 0.1, low: float = 0.05, high: float = 0.2, **more: object
) -> ForestRow:
    values: dict[str, object] = {
        "arm": 1,
        "name": "100",
        "words": "+10 % ✗ worse",
        "css": "forest-worse",
        "estimate": estimate,
        "low": low,
        "high": high,
        "blocks": np.array([0.08, math.nan, 0.12]),
        "strong": True,
    }
    return ForestRow(**(values | more))  # type: ignore[arg-type]


def drawn(*rows: ForestRow, limit: float = 0.05) -> Picture:
    groups = [ForestGroup(title="response, p95", limit=limit, rows=rows)]
    return forest("Every figure", groups, control="200", description="So.", rows=[("a",)])


@given(st.lists(st.tuples(logs, logs | st.just(-math.inf), logs | st.just(math.inf)), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_intervals_can_be_drawn(rows: list[tuple[float, float, float]]) -> None:
    picture = drawn(*(row(e, min(low, high), max(low, high)) for e, low, high in rows))
    read(picture)
    assert len(by_class(picture, "arm")) == len(rows)


def test_an_arm_has_its_name_words_interval_and_blocks() -> None:
    picture = drawn(row())
    assert {"100", "+10 % ✗ worse", "response, p95"} <= set(labels(picture))
    assert len(by_class(picture, "margin-band")) == 2, "one of them in the legend"
    assert len(by_class(picture, "control-line")) == 1
    blocks = by_class(picture, "one-block")[0].get("d") or ""
    assert blocks.count("M") == 2, "a block without the figure has no tick"


def test_the_axis_is_in_percent_with_the_control_at_zero() -> None:
    ticks = labels(drawn(row(math.log(4), math.log(3.8), math.log(4.3))))
    assert "0" in ticks
    assert {"+50", "+200"} & set(ticks)
    assert any("difference to 200 in percent" in words for words in ticks)


@pytest.mark.parametrize("share", [0.01, 0.05, 1.0, 9.0])
def test_the_axis_is_stretched_alike_on_both_sides(share: float) -> None:
    assert stretched(-math.log1p(share)) == -stretched(math.log1p(share))
    assert stretched(math.log1p(share)) < stretched(math.log1p(2 * share))


def test_an_interval_without_an_end_is_drawn_open_and_an_undecided_one_faint() -> None:
    picture = drawn(row(0.1, -math.inf, math.inf, strong=False), row())
    assert len(by_class(picture, "whisker-open")) == 1
    assert len(by_class(picture, "faint")) == 1


def test_an_arm_that_was_not_looked_at_has_a_lane_and_no_mark() -> None:
    picture = drawn(row(), row(None, name="50", words="? undecided"))
    assert {"50", "? undecided"} <= set(labels(picture))
    assert len(by_class(picture, "arm")) == 1


def test_before_the_first_look_there_is_nothing_to_draw() -> None:
    assert "no planned look was reached" in drawn(row(None)).description


def test_a_long_name_has_room() -> None:
    picture = drawn(row(name="exponential back-off with jitter"))
    [name] = [words for words in labels(picture) if words.startswith("exponential")]
    assert name.endswith("…")
    axis = by_class(picture, "axis-line")[0]
    assert float(axis.get("x1") or 0) > 6 * len(name)
