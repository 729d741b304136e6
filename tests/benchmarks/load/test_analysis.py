"""The analysis of a big ledger counts when it is whole, in time and small."""

from __future__ import annotations

import pytest

from benchmarks.load.analysis import Analysis, observations_of
from harness.core.errors import HarnessError


@pytest.mark.parametrize(
    "analysis",
    [
        Analysis(1_000_000, "pass", 2.0, 10**8),
        Analysis(10_000_000, "unknown", 2.0, 10**8),
        Analysis(10_000_000, "pass", 20.5, 10**8),
        Analysis(10_000_000, "pass", 2.0, 2_100_000_000),
    ],
    ids=["small", "undecided", "slow", "large"],
)
def test_an_analysis_counts_when_it_judged_all_of_it_in_time_and_memory(analysis: Analysis) -> None:
    assert not analysis.reached
    assert Analysis(9_999_990, "pass", 19.9, 1_900_000_000).reached


def test_the_writer_of_the_big_ledger_says_how_much_it_wrote() -> None:
    assert observations_of("9,999,990 observations\n") == 9_999_990
    with pytest.raises(HarnessError, match="printed no number"):
        observations_of("")
