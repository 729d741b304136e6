"""Holm's correction, by hand; and thresholds that say the same as adjusted p's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.paired.holm import holm, thresholds

P = {"a": 0.04, "b": 0.01, "c": 0.03}


def test_three_arms_by_hand() -> None:
    """3 · 0.01, then 2 · 0.03; 1 · 0.04 is less than that, so it takes the larger."""
    assert holm(P) == pytest.approx({"a": 0.06, "b": 0.03, "c": 0.06})
    assert list(holm(P)) == ["a", "b", "c"]
    assert holm({"a": 0.4, "b": 0.9}) == pytest.approx({"a": 0.8, "b": 0.9})
    assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_thresholds_by_hand() -> None:
    """0.01 reaches 0.05 / 3; 0.03 misses 0.05 / 2, so 0.04 faces that too."""
    assert thresholds(P, 0.05) == pytest.approx({"a": 0.025, "b": 0.05 / 3, "c": 0.025})
    reached = thresholds({"a": 0.001, "b": 0.002}, 0.05)
    assert reached == pytest.approx({"a": 0.025, "b": 0.05})
    assert thresholds({"a": 0.025, "b": 0.04}, 0.05) == {"a": 0.025, "b": 0.05}  # just met


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000)), st.integers(1, 999))
def test_both_say_the_same(thousandths: dict[str, int], level: int) -> None:
    p = {name: n / 1000 for name, n in thousandths.items()}
    alpha = (level + 0.5) / 1000 / 7  # never met exactly: no rounding decides
    bounds, adjusted = thresholds(p, alpha), holm(p)
    assert {n for n in p if p[n] <= bounds[n]} == {n for n in p if adjusted[n] <= alpha}
