"""A workload that cannot be is refused with what is wrong."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.load.schedule.workload import POOL_LEAST, workload_from
from tests.harness.load.schedule.samples import BASE


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sesions": 3}, "has no sesions"),
        ({"sessions": 3}, "incomplete"),
        ({**BASE, "arrivals": "odd"}, "arrivals are"),
        ({**BASE, "shape": "round"}, "shapes are"),
        ({**BASE, "shape": "steps", "step_factor": 1.0}, "each is higher"),
        ({**BASE, "shape": "steps", "step_s": 0}, "steps last more than 0 s"),
        ({**BASE, "batch": -1}, "not negative"),
        ({**BASE, "flush_delay_s": 0}, "not negative"),
        ({**BASE, "peak": 0}, "not negative"),
        ({**BASE, "sessions": 0}, "needs sessions"),
        ({**BASE, "impressions": 0}, "needs sessions"),
        ({**BASE, "batch_size_max": 0}, "needs sessions"),
        ({**BASE, "cap": 0}, "needs sessions"),
        ({**BASE, "duration_s": 1.0}, "of 1 s is over before the first flush after 1 s"),
        ({**BASE, "duration_s": float("inf")}, "of inf s is over"),
        ({**BASE, "arrivals": "odd"}, "arrivals are even or poisson, not 'odd'"),
        ({**BASE, "shape": "odd"}, "shapes are steady, burst, ramp, spike, steps, not 'odd'"),
        ({**BASE, "sessions": "x"}, "incomplete or has a wrong value"),
    ],
)
def test_a_workload_that_cannot_be_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        workload_from(wrong)


@pytest.mark.parametrize("wrong", [{"retry": "never"}, {"retry_base_s": 0}])
def test_a_retry_is_one_of_the_policies_after_a_while(wrong: dict[str, object]) -> None:
    policies = "exponential-jitter, exponential, linear-jitter, linear"
    with pytest.raises(UsageError, match=rf"^a retry is {policies}, after more than 0 s$"):
        workload_from({**BASE, **wrong})
    assert workload_from({**BASE, "retry": "linear", "retry_base_s": 0.1}).retry_base_s == 0.1


def test_bodies_travel_plainly_or_compressed() -> None:
    with pytest.raises(UsageError, match=r"^bodies travel as identity or gzip, not 'zip'$"):
        workload_from({**BASE, "coding": "zip"})
    assert workload_from({**BASE, "coding": "gzip"}).coding == "gzip"


def test_what_is_unknown_is_named_with_what_is_known() -> None:
    with pytest.raises(UsageError, match=r"a workload has no first, second$") as error:
        workload_from({**BASE, "second": 2, "first": 1})
    assert "rate_per_s, " in (error.value.hint or "")
    assert (error.value.hint or "").startswith("It has arrivals, ")


def test_the_least_that_can_be() -> None:
    least = {"sessions": 1, "impressions": 1, "duration_s": 2.0, "flush_delay_s": 1.0}
    workload = workload_from({**least, "batch_size_max": 1, "cap": 1, "batch": 0, "peak": 0.1})
    assert (workload.span_s, workload.rate_per_s, workload.total) == (1.0, 1.0, 1)
    steps = {"shape": "steps", "step_s": 0.5, "step_factor": 1.01}
    assert len(workload_from({**least, **steps}).steps) == 2


def test_a_rate_is_the_plainer_number_of_impressions() -> None:
    """In 100 s, 100 a second are 10,000: 50 of each of the 200 sessions."""
    by_rate = workload_from(
        {"sessions": 200, "rate_per_s": 100.0, "duration_s": 101.0, "flush_delay_s": 1.0}
    )
    assert by_rate == workload_from(BASE)
    default = workload_from({"sessions": 10, "rate_per_s": 5.0, "duration_s": 22.0})
    assert default.impressions == 5.0 * (22.0 - default.flush_delay_s) / 10


def test_a_span_is_the_duration_less_one_flush_delay() -> None:
    """Views come for 100 s whatever the delay: 10,000 of them, and the last flush comes later."""
    for delay_s in (0.5, 1.0, 5.0):
        content = {"sessions": 200, "rate_per_s": 100.0, "span_s": 100.0, "flush_delay_s": delay_s}
        workload = workload_from(content)
        assert (workload.total, workload.duration_s) == (10_000, 100.0 + delay_s)
    default = workload_from({"sessions": 200, "impressions": 50, "span_s": 100.0})
    assert default.duration_s == 100.0 + default.flush_delay_s
    with pytest.raises(UsageError, match="either a duration or a span"):
        workload_from({**BASE, "span_s": 100.0})


def test_the_figures_of_a_workload() -> None:
    base = workload_from(BASE)
    assert (base.span_s, base.rate_per_s, base.peak_rate_per_s) == (100.0, 100.0, 100.0)
    assert (base.total, base.steps) == (10_000, ())
    spike = workload_from({**BASE, "shape": "spike", "peak": 10})
    assert spike.peak_rate_per_s == 1_000.0
    assert spike.total == 28_000
    assert workload_from({**BASE, "shape": "spike", "peak": 0.5}).peak_rate_per_s == 100.0
    assert workload_from({**BASE, "shape": "ramp", "peak": 3}).peak_rate_per_s == 300.0


def test_the_pool_holds_twice_what_a_session_sees_and_two_hundred_more() -> None:
    many = workload_from({**BASE, "impressions": 3_000, "batch": 10})
    assert many.pool == 2 * (3_000 + 10) + 200
    assert workload_from(BASE).pool == POOL_LEAST


def test_moments_are_those_of_views_or_of_whole_batches() -> None:
    assert workload_from(BASE).moments.total == pytest.approx(10_000)
    assert workload_from({**BASE, "batch": 1}).moments.total == pytest.approx(10_000)
    assert workload_from({**BASE, "batch": 10}).moments.total == pytest.approx(1_000)


def test_steps_are_of_equal_length_and_each_is_higher() -> None:
    steps = workload_from({**BASE, "shape": "steps", "step_s": 30.0, "step_factor": 2.0}).steps
    third = 100 / 3
    assert [value for step in steps for value in step] == pytest.approx(
        [0, third, 100, third, 2 * third, 200, 2 * third, 100, 400]
    )
    one = workload_from({**BASE, "shape": "steps", "step_s": 900.0, "step_factor": 2.0}).steps
    assert one == ((0.0, 100.0, 100.0),)
