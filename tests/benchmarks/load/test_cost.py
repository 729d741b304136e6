"""What a request costs, beside bare Locust's."""

from __future__ import annotations

import pytest

from benchmarks.load.cost import Cost
from benchmarks.load.service import nearness
from benchmarks.load.tools import Bare, Ours
from tests.benchmarks.load.timings import timings


def _ours(cpu_us: float) -> Ours:
    times = timings()
    return Ours(
        response=times,
        service=times,
        lag_p99_ms=1.0,
        cpu_us=cpu_us,
        cpu_share=0.8,
        per_s=1.0,
        body_bytes=1,
    )


def _bare(cpu_us: float) -> Bare:
    return Bare(timings=timings(), cpu_us=cpu_us, cpu_share=1.0, per_s=1.0)


def test_the_ratio_is_of_requests_per_cpu_second_and_of_each_pair() -> None:
    """A request that costs us twice as much is half as many a second: 0.5, not 2."""
    measured = Cost(
        1000, [_ours(400), _ours(200), _ours(100)], [_bare(200), _bare(200), _bare(200)]
    )
    ratio = measured.ratio
    assert (ratio.least, ratio.median, ratio.greatest, ratio.n) == (0.5, 1.0, 2.0, 3)


def test_unpaired_rounds_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="longer than"):
        nearness([timings()], [timings(), timings()])
