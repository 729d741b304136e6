"""The pictures say what happened: in lines, in words and in figures."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.evidence.faults import FaultSpan
from reports.plots.delivery import shown_minus_durable
from reports.plots.drawing.picture import Picture
from reports.plots.latency import latency_over_time
from tests.reports.report_samples import (
    HOSTILE,
    OUTAGE,
    delivery_picture,
    latency_picture,
    request_series,
)

times = st.lists(st.floats(0, 1e5), max_size=60)
spans = st.lists(
    st.builds(FaultSpan, st.text(max_size=9), st.floats(0, 1e5), st.none() | st.floats(0, 1e5)),
    max_size=14,
)


def read(picture: Picture) -> ElementTree.Element:
    root = ElementTree.fromstring(picture.svg)
    assert root.findtext("{*}title") == picture.title
    assert root.findtext("{*}desc") == picture.description
    return root


def by_class(picture: Picture, css: str) -> list[ElementTree.Element]:
    return [e for e in read(picture).iter() if css in (e.get("class") or "").split()]


def labels(picture: Picture) -> list[str]:
    return [e.text or "" for e in read(picture).iter() if e.tag.endswith("}text")]


def dots_in(picture: Picture, css: str) -> int:
    return sum((e.get("d") or "").count("M") for e in by_class(picture, css))


def last_place(picture: Picture, css: str) -> tuple[float, float]:
    """Where a step line ends."""
    d = by_class(picture, css)[0].get("d") or ""
    x = y = math.nan
    for command, rest in re.findall(r"([MHVL])([^MHVL]*)", d):
        figures = [float(v) for v in rest.split()]
        x = figures[0] if command != "V" else x
        y = figures[-1] if command != "H" else y
    return x, y


def test_the_gap_that_closes_is_told_with_its_time() -> None:
    picture = shown_minus_durable([1, 2, 3, 4], [2.5, 7, 7, 7], [OUTAGE])
    assert "4 impressions shown between 1 s and 4 s; 4 durable: every one" in picture.description
    assert "largest, 3, at 4 s and closed 3 s later" in picture.description
    assert "connection cut from 5 s to 10 s" in picture.description
    assert "largest gap 3, closed after 3 s" in labels(picture)
    assert last_place(picture, "line-shown") == last_place(picture, "line-durable")


def test_what_never_became_durable_leaves_the_gap_open() -> None:
    picture = delivery_picture(lost=3)
    assert "3 never became durable: the gap does not close" in picture.description
    assert {"3 never durable", "3 still open"} <= set(labels(picture))
    shown, durable = (last_place(picture, f"line-{n}") for n in ("shown", "durable"))
    assert shown[0] == durable[0]
    assert shown[1] < durable[1]


def test_losing_everything_never_closes() -> None:
    picture = shown_minus_durable([1, 2], [], [])
    assert "largest gap 2, never closed" in labels(picture)
    assert "closed" not in picture.description.replace("does not close", "")


def test_a_gap_that_was_never_larger_than_the_loss_did_not_shrink() -> None:
    picture = shown_minus_durable([1, 2], [1.5], [])
    assert picture.description.endswith("The gap was largest, 1, at 1 s.")
    assert "largest gap 1, never closed" in labels(picture)


def test_more_rows_than_shown_are_told_and_drawn_below_zero() -> None:
    picture = shown_minus_durable([1.0], [2.0, 3.0, 4.0], [])
    assert "2 more became durable than were shown" in picture.description
    assert picture.rows[-1][-1] == "-2"


def test_a_fault_that_was_never_healed_runs_to_the_right_edge() -> None:
    picture = shown_minus_durable([1, 20], [2, 21], [FaultSpan("killed", 10, None)])
    bar = by_class(picture, "fault-bar")[0]
    end = float(bar.get("x") or 0) + float(bar.get("width") or 0)
    assert end == last_place(picture, "line-shown")[0]
    assert "killed, not healed" in labels(picture)
    assert "killed from 10 s, never healed" in picture.description


def test_each_fault_has_one_lane_and_the_thirteenth_is_counted() -> None:
    faults = [FaultSpan(f"fault {i % 14}", i, i + 1) for i in range(28)]
    picture = shown_minus_durable([1], [2], faults)
    assert "fault 3, 2 times" in labels(picture)
    assert not any(label.startswith("fault 12") for label in labels(picture))
    assert "and 2 more faults without a lane of their own" in labels(picture)
    assert len(by_class(picture, "fault-shade")) == 2 * 28


def test_the_table_says_the_same_as_the_lines() -> None:
    picture = shown_minus_durable([1, 2, 3, 4], [2.5, 7, 7, 7], [])
    assert picture.rows[0] == ("seconds", "shown", "durable", "gap")
    assert ("4", "4", "1", "3 (largest)") in picture.rows
    assert picture.rows[-1][1:] == ("4", "4", "0")


def test_many_impressions_stay_small() -> None:
    shown = np.linspace(0, 300, 100_000)
    picture = shown_minus_durable(shown.tolist(), (shown + 0.5).tolist(), [])
    assert len(picture.svg) < 120_000


@pytest.mark.parametrize("draw", ["delivery", "latency"])
def test_nothing_to_draw_is_said(draw: str) -> None:
    picture = (
        shown_minus_durable([], [], [OUTAGE])
        if draw == "delivery"
        else latency_over_time([], [], [], target_ms=100, faults=[OUTAGE])
    )
    assert "No data" in labels(picture)
    assert picture.description.startswith("No data: ")
    assert not by_class(picture, "axis")


@given(times, times, spans)
@settings(max_examples=60, deadline=None)
def test_every_delivery_can_be_drawn(
    shown: list[float], durable: list[float], faults: list[FaultSpan]
) -> None:
    picture = shown_minus_durable(shown, durable, faults)
    read(picture)
    assert picture.svg == shown_minus_durable(shown[::-1], durable, faults).svg
    assert len({len(row) for row in picture.rows}) == 1


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e5),
            st.floats(0, 1e7) | st.just(math.nan) | st.just(math.inf),
            st.booleans(),
        ),
        max_size=90,
    ),
    st.none() | st.floats(0, 1e5),
    spans,
)
@settings(max_examples=60, deadline=None)
def test_every_set_of_requests_can_be_drawn(
    requests: list[tuple[float, float, bool]], target: float | None, faults: list[FaultSpan]
) -> None:
    columns = [list(c) for c in zip(*requests, strict=True)] or [[], [], []]
    picture = latency_over_time(*columns, target_ms=target, faults=faults)  # type: ignore[arg-type]
    read(picture)
    if requests:
        good = sum(ok and math.isfinite(ms) for _, ms, ok in requests)
        assert dots_in(picture, "dot") == good
        assert dots_in(picture, "cross") == len(requests) - good


def test_requests_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths differ"):
        latency_over_time([1], [1, 2], [True], target_ms=None, faults=[])


def test_a_time_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        latency_over_time([math.nan], [1], [True], target_ms=None, faults=[])
    with pytest.raises(ValueError, match="finite"):
        shown_minus_durable([math.nan], [], [])


def test_lines_and_target_carry_their_figures() -> None:
    at_s = [i / 10 for i in range(300)]
    picture = latency_over_time(at_s, [10.0] * 300, [True] * 300, target_ms=8, faults=[])
    assert {"p50 10 ms", "p95 10 ms", "target 8 ms"} <= set(labels(picture))
    assert "300 took longer than the target of 8 ms" in picture.description
    assert by_class(picture, "target")


def test_too_few_requests_have_no_percentile_line() -> None:
    picture = latency_over_time([1, 2, 3], [5, 6, 7], [True] * 3, target_ms=None, faults=[])
    assert not by_class(picture, "line-p95")
    assert "95 %" not in picture.description
    assert picture.rows[1][4] == "too few"


def test_failures_are_not_counted_as_fast() -> None:
    at_s, ms = [i / 10 for i in range(200)], [1.0, 90.0] * 100
    ok = [False, True] * 100
    picture = latency_over_time(at_s, ms, ok, target_ms=None, faults=[])
    assert "100 of them failed." in picture.description
    assert "half took at most 90 ms" in picture.description
    assert {"p50 90 ms", "p95 90 ms"} <= set(labels(picture))
    assert picture.rows[1][1:5] == ("100", "50", "90", "90")


def test_what_never_answered_is_no_success() -> None:
    picture = latency_over_time([1.0], [math.inf], [True], target_ms=5, faults=[])
    assert "1 of them failed (1 without any answer)" in picture.description
    assert "1 no answer" in labels(picture)


def test_a_wide_range_is_logarithmic_and_a_narrow_one_starts_at_zero() -> None:
    wide = latency_over_time([1, 2], [1, 900], [True] * 2, target_ms=None, faults=[])
    narrow = latency_over_time([1, 2], [10, 90], [True] * 2, target_ms=None, faults=[])
    assert "response time in ms, logarithmic" in labels(wide)
    assert "response time in ms, from zero" in labels(narrow)


def test_many_requests_become_a_heat_map_that_says_so_and_keeps_the_slowest() -> None:
    at_s, ms, ok = request_series(100_000, failures=9)
    ms[500], ok[500] = 60_000.0, True
    picture = latency_over_time(at_s, ms, ok, target_ms=100, faults=[])
    assert len(picture.svg) < 60_000
    assert any(label.startswith("100,000 requests as a heat map") for label in labels(picture))
    assert dots_in(picture, "dot-slow") == 10
    assert "the slowest took 60,000 ms" in picture.description
    assert dots_in(picture, "cross") == 9


def test_thousands_of_failures_keep_every_place_that_failed() -> None:
    n = 20_000
    at_s = [30 * i / n for i in range(n)]
    picture = latency_over_time(at_s, [50.0] * n, [False] * n, target_ms=None, faults=[])
    assert any("one ✗ where several would overlap" in label for label in labels(picture))
    # 768 pixels of time in squares of six: a cross in each of them.
    assert dots_in(picture, "cross") >= 120
    assert "No request succeeded" in picture.description


def test_the_same_figures_give_the_same_bytes() -> None:
    assert latency_picture().svg == latency_picture().svg
    assert delivery_picture().svg == delivery_picture().svg


def test_a_hostile_fault_name_stays_text() -> None:
    picture = shown_minus_durable([1], [2], [FaultSpan(HOSTILE, 0, 1)])
    assert "<script" not in picture.svg
    assert any("<script>alert(1)</script>" in label for label in labels(picture))
