"""Response times: every request is drawn or counted, and no failure looks fast."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.evidence.faults import FaultSpan
from reports.plots.latency import latency_over_time
from tests.reports.memory import most_bytes
from tests.reports.plots.reading import by_class, dots_in, labels, read, spans
from tests.reports.report_samples import OUTAGE, latency_picture, request_series


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
        drawn = [ok for _, ms, ok in requests if math.isfinite(ms)]
        assert dots_in(picture, "dot") == good + (good > 0)  # one of them in the legend
        assert dots_in(picture, "cross") == len(requests) - good + (not all(drawn))


def test_requests_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths differ"):
        latency_over_time([1], [1, 2], [True], target_ms=None, faults=[])


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
    assert dots_in(picture, "dot-slow") == 10 + 1  # one of them in the legend
    assert "the slowest took 60,000 ms" in picture.description
    assert dots_in(picture, "cross") == 9 + 1


def test_thousands_of_failures_keep_every_place_that_failed() -> None:
    n = 20_000
    at_s = [30 * i / n for i in range(n)]
    picture = latency_over_time(at_s, [50.0] * n, [False] * n, target_ms=None, faults=[])
    assert any("one ✗ where several would overlap" in label for label in labels(picture))
    # 744 pixels of time in steps of six: a cross in each of them.
    assert dots_in(picture, "cross") >= 120
    assert "No request succeeded" in picture.description


def test_nothing_to_draw_is_reported() -> None:
    picture = latency_over_time([], [], [], target_ms=100, faults=[OUTAGE])
    assert "No data" in labels(picture)
    assert picture.description == "No data: no request was sent."
    assert not by_class(picture, "axis")


def test_a_time_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        latency_over_time([math.nan], [1], [True], target_ms=None, faults=[])


def test_the_same_figures_give_the_same_bytes() -> None:
    assert latency_picture().svg == latency_picture().svg


def test_a_large_load_is_ordered_once_and_not_copied_for_each_figure() -> None:
    count = 200_000
    chance = np.random.default_rng(1)
    at_s, ms = chance.uniform(0, 600, count), chance.gamma(2, 5, count)
    picture, most = most_bytes(
        lambda: latency_over_time(at_s, ms, np.full(count, True), target_ms=100, faults=[])
    )
    assert "200,000 requests as a heat map" in " ".join(labels(picture))
    assert most < 80 * count, most / count
