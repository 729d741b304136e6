"""When a search for the knee ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from harness.load.generator.rows import Sent
from harness.load.generator.search import Search
from harness.load.schedule.workload import Workload

STEP_S = 10.0


def search_of(steps: int = 4) -> tuple[Search, Workload]:
    workload = Workload(
        sessions=10,
        impressions=1_000,
        duration_s=steps * STEP_S,
        batch=10,
        shape="steps",
        step_s=STEP_S,
        step_factor=2.0,
        search_limit_ms=100,
    )
    return Search(workload), workload


@dataclass(frozen=True)
class Requests:
    """Requests spread evenly between two seconds of a step, all answered after the same time."""

    number: int
    took_ms: float
    begin_s: float = 2.0
    end_s: float = STEP_S


def ask(search: Search, step: int, *parts: Requests) -> None:
    for part in parts:
        for turn in range(part.number):
            inside_s = part.begin_s + (part.end_s - part.begin_s) * turn / part.number
            due_s = step * STEP_S + inside_s
            due_ns = round(due_s * 1e9)
            done_ns = due_ns + round(part.took_ms * 1e6)
            search.heard(due_s, SENT._replace(scheduled_ns=due_ns, done_ns=done_ns), True)


SENT = Sent(0, 0, 0, "user", "batch", 1, "answered", 200, None, 0, None, [])
FAST, SLOW = Requests(100, 5), Requests(100, 500)


def test_it_ends_after_two_slow_steps_and_names_the_first() -> None:
    search, workload = search_of()
    ask(search, 0, FAST)
    ask(search, 1, SLOW)
    assert not search.is_over(2 * STEP_S)
    ask(search, 2, SLOW)
    assert search.is_over(3 * STEP_S)
    assert f"{workload.steps[1][2]:.0f} impressions/s" in search.verdict


def test_one_slow_step_may_be_the_machines() -> None:
    search, _ = search_of()
    ask(search, 0, FAST)
    ask(search, 1, SLOW)
    ask(search, 2, Requests(200, 5))
    assert not search.is_over(3 * STEP_S)
    assert not search.verdict


@pytest.mark.parametrize(("late", "over"), [(9, False), (10, True)])
def test_the_second_ends_once_its_p95_cannot_be_below_the_limit(late: int, over: bool) -> None:
    search, _ = search_of()
    ask(search, 0, SLOW)  # 100 requests: 200 are expected of the next one, ten of them are 5 %
    ask(search, 1, Requests(late, 500, end_s=3.0))
    assert search.is_over(STEP_S + 3.0) is over


def test_the_first_slow_step_runs_to_its_end() -> None:
    search, _ = search_of()
    ask(search, 0, FAST)
    ask(search, 1, Requests(100, 500, end_s=3.0))
    assert not search.is_over(STEP_S + 3.0)
    assert not search.is_over(2 * STEP_S - 0.2)


def test_a_workload_that_searches_nothing_never_ends_it() -> None:
    _, workload = search_of()
    search = Search(replace(workload, search_limit_ms=0.0))
    ask(search, 0, SLOW)
    ask(search, 1, SLOW)
    assert not search.is_over(60.0)
    assert workload.steps
