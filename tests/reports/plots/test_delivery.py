"""Shown and durable impressions: in lines, in words and in figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from reports.evidence.faults import FaultSpan
from reports.plots import delivery
from reports.plots.delivery import shown_minus_durable
from tests.reports.plots.reading import by_class, labels, last_place, read, spans, times
from tests.reports.report_samples import OUTAGE, delivery_picture


def test_the_gap_that_closes_is_described_with_its_time() -> None:
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


def test_more_rows_than_shown_are_counted_and_drawn_below_zero() -> None:
    picture = shown_minus_durable([1.0], [2.0, 3.0, 4.0], [])
    assert "2 more became durable than were shown" in picture.description
    assert picture.rows[-1][-1] == "-2"


def test_the_table_says_the_same_as_the_lines() -> None:
    picture = shown_minus_durable([1, 2, 3, 4], [2.5, 7, 7, 7], [])
    assert picture.rows[0] == ("second", "shown", "durable", "gap")
    assert ("4", "4", "1", "3 (largest)") in picture.rows
    assert picture.rows[-1][1:] == ("4", "4", "0")


def test_many_impressions_stay_small() -> None:
    shown = np.linspace(0, 300, 100_000)
    picture = shown_minus_durable(shown.tolist(), (shown + 0.5).tolist(), [])
    assert len(picture.svg) < 120_000


@given(times, times, spans)
@settings(max_examples=60, deadline=None)
def test_every_delivery_can_be_drawn(
    shown: list[float], durable: list[float], faults: list[FaultSpan]
) -> None:
    picture = shown_minus_durable(shown, durable, faults)
    read(picture)
    assert picture.svg == shown_minus_durable(shown[::-1], durable, faults).svg
    assert len({len(row) for row in picture.rows}) == 1


def test_nothing_to_draw_is_reported() -> None:
    picture = shown_minus_durable([], [], [OUTAGE])
    assert "No data" in labels(picture)
    assert picture.description == "No data: no impression was shown, and none was stored."
    assert not by_class(picture, "axis")


def test_a_time_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        shown_minus_durable([math.nan], [], [])


def test_the_same_figures_give_the_same_bytes() -> None:
    assert delivery_picture().svg == delivery_picture().svg


@given(times, times)
@settings(max_examples=60, deadline=None)
def test_the_gap_of_many_is_the_gap(shown: list[float], durable: list[float]) -> None:
    begun, ended = np.sort(np.array(shown)), np.sort(np.array(durable))
    few, many = delivery._gap(begun, ended), delivery._gap_of_many(begun, ended)
    assert (many.peak, many.left, many.closed_s) == (few.peak, few.left, few.closed_s)
    if few.peak > 0:
        assert many.peak_s == few.peak_s
    places = np.searchsorted(many.at_s, few.at_s[1:])
    assert many.values[places].tolist() == few.values[1:].tolist()


def test_a_crowd_is_drawn_at_some_of_its_moments_and_described_by_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = np.linspace(0, 300, 10_000)
    durable = shown + 0.5
    whole = shown_minus_durable(shown, durable, [])
    monkeypatch.setattr(delivery, "_MANY", 1_000)
    monkeypatch.setattr(delivery, "_DRAWN", 500)
    thinned = shown_minus_durable(shown, durable, [])
    assert thinned.description == whole.description
    assert [row[0] for row in thinned.rows] == [row[0] for row in whole.rows]
    for row, same in zip(thinned.rows[1:], whole.rows[1:], strict=True):
        counts = [int(cell.split()[0].replace(",", "")) for cell in (row[1], same[1])]
        assert abs(counts[0] - counts[1]) <= 10_000 // 500 + 1
