"""Losses: what only B lost is new; where both lose, visitors decide."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.compare.fates import unread, weighed
from reports.compare.record import FatesCompared, SideFates
from reports.statistics.share import share_interval
from tests.reports.compared import compared, visits
from tests.reports.suites import HALF


def side(lost: int, shown: int = 1000, *, losing: int | None = None, **more: int) -> SideFates:
    values = {"runs": 1, "false": 0, "late": 0, "visitors": None if losing is None else 100}
    return SideFates(
        shown=shown,
        lost=lost,
        losing=losing,
        interval=share_interval(lost, shown),
        **(values | more),  # type: ignore[arg-type]
    )


def read(a: SideFates, b: SideFates) -> FatesCompared:
    [found] = weighed([unread("visit", "x=1", "1", a, b)])
    return found


@pytest.mark.parametrize(
    ("a", "b", "reading"),
    [
        (side(0), side(0), "none"),
        (side(0), side(1), "new"),
        (side(3), side(0), "gone"),
        (side(3), side(4), "like"),
        (side(3), side(40), "more"),
        (side(40), side(3), "fewer"),
        (side(0), side(0, false=1), "new"),
        (side(0, false=2), side(0, false=1), "like"),
        (side(0), side(0, shown=0), "unknown"),
        (side(0), side(0, shown=1), "none"),
        (side(3, losing=1), side(40, losing=2), "open"),
        (side(3, losing=1), side(40, losing=20), "more"),
        (side(40, losing=20), side(3, losing=1), "fewer"),
        (side(0), replace(side(2), expected=True), "like"),
        (side(0, losing=0), replace(side(200, losing=30), expected=True), "more"),
    ],
)
def test_the_reading(a: SideFates, b: SideFates, reading: str) -> None:
    assert read(a, b).reading == reading


def test_many_cells_are_corrected_for() -> None:
    one = unread("visit", "x=1", "1", side(3), side(13))
    assert one.p == pytest.approx(0.0102, abs=0.001)
    assert weighed([one])[0].reading == "more"
    assert {found.reading for found in weighed([one] * 9)} == {"like"}


def test_an_impression_that_only_b_lost_is_named(tmp_path: Path) -> None:
    [found] = compared(tmp_path, visits(1), visits(3)).fates
    assert (found.new, found.gone) == (2, 0)
    assert found.examples == ("ann/art017", "ann/art018")
    assert (found.a.lost, found.b.lost, found.b.shown) == (1, 3, 20)
    assert (found.a.visitors, found.a.losing) == (1, 1)
    assert found.reading == "like"
    assert found.p_visitors == 1.0


def test_the_first_loss_is_new_and_its_end_is_gone(tmp_path: Path) -> None:
    [found] = compared(tmp_path / "1", visits(0), visits(1)).fates
    assert found.reading == "new"
    [found] = compared(tmp_path / "2", visits(1), visits(0)).fates
    assert (found.reading, found.new, found.gone) == ("gone", 0, 1)


def test_a_loss_that_was_expected_is_not_new_by_itself(tmp_path: Path) -> None:
    found = compared(tmp_path, visits(0, expected=HALF), visits(10, expected=HALF))
    [one] = found.fates
    assert one.b.expected
    assert one.reading == "open", "ten of one visitor, once"
    assert found.outcome == "undecided"


def test_all_seeds_of_an_arm_are_added_up(tmp_path: Path) -> None:
    found = compared(tmp_path, visits(0, 0), visits(0, 2)).fates
    assert [(one.seeds, one.b.lost, one.b.shown) for one in found] == [
        ("1", 0, 20),
        ("2", 2, 20),
        ("1–2", 2, 40),
    ]
    assert found[2].new is None


def test_a_run_that_is_not_decided_says_why(tmp_path: Path) -> None:
    broken = visits(5)
    assert broken[0].ledger is not None
    broken[0].ledger.status = None
    [found] = compared(tmp_path, visits(0), broken).fates
    assert found.reading == "unknown"
    assert found.b.shown == 0
    assert found.b.why_not
