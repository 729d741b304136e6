"""Sample-ratio mismatch: counts that fit their shares, and counts that do not."""

from __future__ import annotations

import pytest

from reports.statistics.paired import srm
from reports.statistics.paired.srm import sample_ratio

HALVES = {"a": 0.5, "b": 0.5}


def test_by_hand() -> None:
    """520 and 480 of 1,000: 20² / 500 twice is 1.6; beyond it lie 20.6 % of χ² with one degree."""
    found = sample_ratio({"a": 520, "b": 480}, HALVES)
    assert found.p == pytest.approx(0.2059, abs=1e-4)
    assert not found.mismatch
    assert found.expected == {"a": 500, "b": 500}


def test_a_variant_that_loses_five_percent_of_its_users_is_found() -> None:
    assert sample_ratio({"a": 10_000, "b": 9_500}, HALVES).mismatch
    assert not sample_ratio({"a": 10_000, "b": 9_600}, {"a": 50, "b": 48}).mismatch


def test_the_bar_is_one_in_a_thousand() -> None:
    """χ² of one degree is 10.83 there: 73.6² · 2 / 1,000."""
    assert not sample_ratio({"a": 1_073, "b": 927}, HALVES).mismatch
    assert sample_ratio({"a": 1_074, "b": 926}, HALVES).mismatch


def test_three_unequal_shares() -> None:
    """60, 25, 15 against 50, 30, 20: 2 + 25/30 + 25/20 = 4.083, two degrees: exp(-2.042)."""
    found = sample_ratio({"a": 60, "b": 25, "c": 15}, {"a": 5, "b": 3, "c": 2})
    assert found.p == pytest.approx(0.1298, abs=1e-4)


def test_what_has_no_users_or_no_share() -> None:
    assert sample_ratio({"a": 40}, HALVES) == sample_ratio({"a": 40, "b": 0}, HALVES)
    assert sample_ratio({"a": 40}, HALVES).mismatch
    assert sample_ratio({}, HALVES).p == 1.0
    assert sample_ratio({"a": 3}, {"a": 1.0}).p == 1.0
    strange = sample_ratio({"a": 5, "b": 5, "c": 1}, HALVES)
    assert strange.mismatch
    assert strange.p == 0.0
    assert strange.expected == {"a": 5.5, "b": 5.5}
    assert not sample_ratio({"a": 5, "b": 5, "c": 0}, {**HALVES, "c": 0.0}).mismatch


def test_a_variant_of_which_half_a_user_is_expected_counts() -> None:
    """5 and 0 against 4.5 and 0.5: 0.25 / 4.5 + 0.25 / 0.5 is 0.556, of one degree."""
    assert sample_ratio({"a": 5}, {"a": 9, "b": 1}).p == pytest.approx(0.456, abs=1e-3)


def test_the_bar_itself_is_no_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"a": 1_074, "b": 926}
    monkeypatch.setattr(srm, "MISMATCH_P", sample_ratio(counts, HALVES).p)
    assert not sample_ratio(counts, HALVES).mismatch


@pytest.mark.parametrize("shares", [{}, {"a": 0.0}, {"a": 2.0, "b": -1.0}])
def test_shares_that_are_none(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no shares"):
        sample_ratio({"a": 1}, shares)
