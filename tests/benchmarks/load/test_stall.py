"""A stall of the target, by arithmetic, by simulation and as tools show it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.load.responder import held_s
from benchmarks.load.stall import Stall, hidden, slow_share, waits_ms
from tests.benchmarks.load.timings import timings


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
    assert Stall(40, {}, {}).shows(timings(p99=p99)) is shown


def test_a_stall_counts_when_open_models_show_it_and_closed_ones_do_not() -> None:
    seen, unseen = timings(p99=905.0), timings(p99=3.0)
    assert Stall(40, {"ours": seen, "k6": seen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": unseen, "k6": seen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": seen, "k6": unseen}, {"bare": unseen}).reached
    assert not Stall(40, {"ours": seen}, {"bare": seen}).reached
    assert not Stall(40, {"k6": seen}, {"bare": unseen}).reached
