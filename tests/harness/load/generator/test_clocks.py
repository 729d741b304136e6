"""The offset between two clocks is known to half a round trip, and the truth is within it."""

from __future__ import annotations

import pytest

from harness.core.clock import seeded_random
from harness.load.generator.clocks import Offset, best_offset, error_over

TRUE_NS = 123_456_789_000


def exchange(asked: int, there_ns: int, back_ns: int) -> tuple[int, int, int]:
    return asked, asked + there_ns + TRUE_NS, asked + there_ns + back_ns


def test_the_truth_is_within_the_error_however_unequal_the_ways() -> None:
    chance = seeded_random(1, "clocks")
    exchanges = [
        exchange(
            n * 1_000_000, chance.randrange(50_000, 900_000), chance.randrange(50_000, 900_000)
        )
        for n in range(20)
    ]
    found = best_offset(exchanges)
    assert abs(found.offset_ns - TRUE_NS) <= found.error_ns
    assert found.error_ns <= min((heard - asked) // 2 + 1 for asked, _, heard in exchanges)


def test_without_an_answer_there_is_no_offset() -> None:
    with pytest.raises(ValueError, match="empty"):
        best_offset([])


def test_clocks_that_drift_apart_are_known_less_well() -> None:
    begin, end = Offset(offset_ns=1_000, error_ns=100), Offset(offset_ns=7_000, error_ns=150)
    assert error_over(begin, begin) == 100
    assert error_over(begin, end) == 6_150
