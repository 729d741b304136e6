"""Pairs, orders and arithmetic, on cases whose answer is known."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from benchmarks.load.analysis import Analysis, observations_of
from benchmarks.load.cost import Cost
from benchmarks.load.fidelity import fidelity_of
from benchmarks.load.responder import held_s
from benchmarks.load.service import nearness, order_of
from benchmarks.load.stall import Stall, hidden, slow_share, waits_ms
from benchmarks.load.tools import Bare, Ours, Timings
from harness.core.errors import HarnessError


def _times(p50: float = 1.0, p95: float = 2.0, p99: float = 5.0, n: int = 100) -> Timings:
    return Timings(n=n, p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=2 * p99)


def _ours(cpu_us: float) -> Ours:
    times = _times()
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
    return Bare(timings=_times(), cpu_us=cpu_us, cpu_share=1.0, per_s=1.0)


def test_the_ratio_is_of_requests_per_cpu_second_and_of_each_pair() -> None:
    """A request that costs us twice as much is half as many a second: 0.5, not 2."""
    measured = Cost(
        1000, [_ours(400), _ours(200), _ours(100)], [_bare(200), _bare(200), _bare(200)]
    )
    ratio = measured.ratio
    assert (ratio.least, ratio.median, ratio.greatest, ratio.n) == (0.5, 1.0, 2.0, 3)


def test_each_tool_is_as_often_before_as_after_every_other() -> None:
    names = ["a", "b", "c"]
    orders = [order_of(names, block) for block in range(12)]
    before = Counter(
        (first, second)
        for order in orders
        for n, first in enumerate(order)
        for second in order[n + 1 :]
    )
    assert len(before) == 6
    assert set(before.values()) == {6}
    assert all(orders[n] == orders[n + 1][::-1] for n in range(0, 12, 2))


def test_differences_are_of_neighbours_not_of_medians() -> None:
    """A machine that becomes slow for both moves no difference."""
    ours = [_times(1.0, 2.0), _times(51.0, 72.0), _times(1.5, 2.5)]
    peer = [_times(1.2, 2.0), _times(50.0, 70.0), _times(1.0, 2.25)]
    near = nearness(ours, peer)
    assert (near.p50.median, near.p50.greatest) == (0.5, 1.0)
    assert near.p95.median == 0.25
    assert near.near


@pytest.mark.parametrize("off", [1.5, -1.5])
def test_a_difference_beyond_a_millisecond_is_not_near_on_either_side(off: float) -> None:
    near = nearness([_times(p95=4 + off)] * 3, [_times(p95=4)] * 3)
    assert not near.near


@pytest.mark.parametrize(("ours", "inside"), [(3.9, False), (4.0, True), (7.0, True), (7.1, False)])
def test_our_p99_is_held_against_the_peers_least_and_greatest(ours: float, inside: bool) -> None:
    near = nearness([_times(p99=ours)] * 3, [_times(p99=p99) for p99 in (4.0, 5.0, 7.0)])
    assert near.p99_inside is inside


def test_unpaired_rounds_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="longer than"):
        nearness([_times()], [_times(), _times()])


def test_the_waits_of_an_open_model_are_what_a_simulation_finds() -> None:
    arrivals = np.arange(0, 40, 1 / 200) + 0.0025
    waits = np.array([held_s(at, 1.0, 10.0) for at in arrivals])
    for share in (0.5, 0.95, 0.99):
        simulated = float(np.quantile(waits, share)) * 1000
        assert simulated == pytest.approx(waits_ms(share), abs=6)
    assert (waits_ms(0.5), waits_ms(0.95), waits_ms(0.99), waits_ms(1.0)) == (
        0.0,
        pytest.approx(500),
        pytest.approx(900),
        1000.0,
    )


def test_a_closed_loop_sees_one_slow_request_a_user_and_period() -> None:
    """Simulated: five users at 40 a second each, that wait while the server stalls."""
    slow = total = 0
    for user in range(5):
        at = user / 200
        while at < 100:
            wait_s = held_s(at, 1.0, 10.0)
            total, slow = total + 1, slow + (wait_s > 0)
            at += max(1 / 40, wait_s)
    assert slow / total == pytest.approx(slow_share(5, 200), rel=0.05)
    assert hidden(0.99, 5, 200)
    assert not hidden(0.999, 5, 200)


def test_only_a_stall_holds_requests_back() -> None:
    assert [held_s(at, 1.0, 10.0) for at in (0.0, 0.25, 1.0, 9.5, 20.5)] == [1, 0.75, 0, 0, 0.5]
    assert held_s(0.0, 0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("p99", "shown"), [(2.0, False), (851.0, True), (949.0, True), (960, False)]
)
def test_a_p99_shows_the_stall_when_it_is_near_the_arithmetic(p99: float, shown: bool) -> None:
    assert Stall(40, {}, {}).shows(_times(p99=p99)) is shown


def test_a_stall_counts_when_open_models_show_it_and_closed_ones_do_not() -> None:
    seen, unseen = _times(p99=905.0), _times(p99=3.0)
    assert Stall(40, {"ours": seen, "k6": seen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": unseen, "k6": seen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": seen, "k6": unseen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": seen}, {"bare": seen}).reached
    assert not Stall(40, {"k6": seen}, {"bare": unseen}).reached


def _verdict(**cell: Any) -> dict[str, Any]:
    whole = {
        "verdict": "pass",
        "reason": "every check is good",
        "findings": [{"check": "offered_rate", "measured": 0.9995, "n": 300_000}],
        "measures": {
            "load_lag_p99_ms": 4.0,
            "load_response_p95_ms": 12.0,
            "load_requests": 300_000.0,
        },
    }
    return {"cells": [{**whole, **cell}]}


def _fidelity(verdict: dict[str, Any], seconds: float = 200) -> Any:
    return fidelity_of(verdict, command="harness run load", run="runs/x", seconds=seconds)


def test_the_scale_targets_figures_are_those_of_its_verdict() -> None:
    fidelity = _fidelity(_verdict())
    assert (fidelity.offered_share, fidelity.slots, fidelity.requests) == (0.9995, 300_000, 300_000)
    assert (fidelity.lag_p99_ms, fidelity.p95_ms, fidelity.verdict) == (4.0, 12.0, "pass")
    assert fidelity.reached


@pytest.mark.parametrize(
    "parts",
    [
        {"verdict": "unknown"},
        {"findings": []},
        {"findings": [{"check": "offered_rate", "measured": 0.998, "n": 300_000}]},
        {"measures": {}},
        {"measures": {"load_lag_p99_ms": 10.1}},
    ],
)
def test_the_scale_target_is_not_reached_with_less(parts: dict[str, Any]) -> None:
    assert not _fidelity(_verdict(**parts)).reached


def test_the_scale_target_is_not_reached_in_less_than_three_minutes() -> None:
    assert not _fidelity(_verdict(), seconds=170).reached


def test_a_run_of_several_cells_is_not_taken_for_one() -> None:
    with pytest.raises(HarnessError, match="2 cells"):
        _fidelity({"cells": _verdict()["cells"] * 2})


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
