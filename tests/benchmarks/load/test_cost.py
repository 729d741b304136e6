"""What a request costs, beside bare Locust's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.load.cost import Cost, PeerCosts, cost_us
from benchmarks.load.service import nearness
from benchmarks.load.tools import Bare, Ours, PeerRound
from harness.core.errors import HarnessError
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


def sent(n: int, cpu_s: float) -> PeerRound:
    return PeerRound(timings=replace(timings(), n=n), cpu_s=cpu_s)


def test_the_start_of_a_peer_is_not_in_its_cost() -> None:
    assert cost_us(sent(2_000, 1.3), sent(10_000, 2.9)) == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (sent(10, 1.0), sent(10, 2.0)),
        (sent(10, 1.0), sent(20, 1.0)),
        (sent(20, 1.0), sent(10, 2.0)),
    ],
)
def test_rounds_that_show_no_cost_are_refused(short: PeerRound, long: PeerRound) -> None:
    with pytest.raises(HarnessError, match="no cost to see"):
        cost_us(short, long)


def test_the_ratio_is_of_each_block() -> None:
    measured = PeerCosts(1_000, {"ours": [80.0, 120.0, 90.0], "k6": [160.0, 120.0, 300.0]})
    ratio = measured.ratio("k6")
    assert (ratio.least, ratio.median, ratio.greatest, ratio.n) == (0.3, 0.5, 1.0, 3)
    assert measured.peers == ["k6"]
