"""What the line was, and what waited for it: in lines, in words and in figures."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from reports.evidence.faults import FaultSpan
from reports.plots.drawing.picture import Picture
from reports.plots.line import Measured, nominal_and_measured
from reports.plots.of_run import pictures_of
from reports.plots.queue import queue_over_time
from tests.reports.histories import both, broken
from tests.reports.ledgers import evidence_of, healthy
from tests.reports.plots.test_plots import by_class, dots_in, labels, read


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
def test_what_is_off_is_a_cross_and_said(value: float) -> None:
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


def test_nobody_measured_is_said() -> None:
    assert drawn().description == "No data: nobody measured the line."


def test_the_queue_and_its_attempts_are_told() -> None:
    faults = [FaultSpan("cut", 2.0, 8.0)]
    picture = queue_over_time([(1, 2), (5, 30), (9, 0)], [9.0], [2.5, 6.0], faults)
    assert "held 30 ids at most, at 5 s, and 0 in the end" in picture.description
    assert "3 attempts, 2 without an answer" in picture.description
    assert "cut from 2 s to 8 s" in picture.description
    assert dots_in(picture, "peak-dot") == 1
    shares = [row[2:] for row in picture.rows[1:]]
    assert sum(int(good) for good, _ in shares) == 1
    assert sum(int(bad) for _, bad in shares) == 2


def test_no_queue_is_said() -> None:
    assert queue_over_time([], [], [], []).description == "No data: no page told of its queue."


def test_a_run_shows_its_line_and_its_queue_where_it_has_them(tmp_path: Path) -> None:
    plain = [one.title for one in pictures_of(evidence_of(healthy(), tmp_path / "plain"))]
    assert "The line: nominal and measured" not in plain
    ledger = broken(both()).told("queued", 3.0, queue_depth=4)
    ledger.saw("network", 0.4, kind="line_start", fault="slow-3g")
    ledger.saw("network", 8.4, kind="line_end", fault="slow-3g")
    titles = {
        one.title: one.description for one in pictures_of(evidence_of(ledger, tmp_path / "bad"))
    }
    assert "2 measures before and after" in titles["The line: nominal and measured"]
    assert "slow-3g from 0.4 s to 8.4 s" in titles["The pages' queues and their attempts"]
