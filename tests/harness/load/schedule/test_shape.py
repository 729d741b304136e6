"""Shapes and arrivals: the right number, at the right rate, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.load.schedule.schedule import schedule, windows
from harness.load.schedule.workload import Workload, workload_from
from tests.harness.load.schedule.samples import BASE

KINDS = [
    {"arrivals": arrivals, "shape": shape, "batch": batch}
    for arrivals in ("even", "poisson")
    for shape in ("steady", "burst", "ramp", "spike", "steps")
    for batch in (0, 7)
]


def due_s(workload: Workload, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([window.at_ns for window in windows(workload, seed)]) / 1e9


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: " ".join(map(str, kind.values())))
def test_every_view_is_in_one_slot_in_order_and_new(kind: dict[str, object]) -> None:
    workload = Workload(**{**BASE, "step_s": 10.0, "step_factor": 1.2, "peak": 4.0, **kind})  # type: ignore[arg-type]
    views: Counter[tuple[int, int]] = Counter()
    last_ns, batches = 0, Counter[int]()
    for window in windows(workload, 3):
        assert (np.diff(window.at_ns) >= 0).all()
        if len(window):
            assert window.at_ns[0] >= last_ns
            last_ns = int(window.at_ns[-1])
        sessions = window.session.repeat(np.diff(window.views))
        views.update(zip(sessions.tolist(), window.artwork.tolist(), strict=True))
        batches.update(window.batch.tolist())
        due_ns = window.at_ns.repeat(np.diff(window.views))
        assert (window.shown_ns <= due_ns).all()
        assert (window.shown_ns >= due_ns - round(workload.flush_delay_s * 1e9)).all()
    assert sum(views.values()) == workload.total
    assert set(views.values()) == {1}, "a session saw something twice: no new row"
    assert set(batches.values()) == {1}


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
def test_parts_are_the_whole_dealt_out(arrivals: str) -> None:
    workload = Workload(**BASE, arrivals=arrivals)  # type: ignore[arg-type]
    whole, parts = [], [[], [], []]  # type: ignore[var-annotated]
    for window in windows(workload, 4):
        whole += window.batch.tolist()
        for number in range(3):
            part = window.part(number, 3)
            parts[number] += part.batch.tolist()
            assert len(part.artwork) == part.views[-1]
    assert sorted(batch for part in parts for batch in part) == sorted(whole)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    workload = Workload(sessions=20, impressions=9, duration_s=20, arrivals="poisson")
    assert schedule(workload, 7) == schedule(workload, 7)
    assert schedule(workload, 7) != schedule(workload, 8)


def test_poisson_gaps_are_exponential_and_even_ones_are_even() -> None:
    """The coefficient of variation of the gaps: 1 for a Poisson process, 0 for an even one."""
    for arrivals, low, high in (("poisson", 0.95, 1.05), ("even", 0.0, 0.01)):
        ready = Workload(**BASE, arrivals=arrivals, batch=1)  # type: ignore[arg-type]
        gaps = np.diff(due_s(ready))
        assert low <= gaps.std() / gaps.mean() <= high


def test_a_spike_is_ten_times_and_steps_rise() -> None:
    spike = Workload(**BASE, shape="spike", peak=10, batch=1)  # type: ignore[arg-type]
    per_s = Counter(due_s(spike).astype(int).tolist())
    assert sum(per_s[s] for s in range(45, 55)) == pytest.approx(
        10 * sum(per_s[s] for s in range(10, 20)), rel=0.01
    )
    rising = {**BASE, "shape": "steps", "step_s": 20, "step_factor": 1.5, "batch": 1}
    steps = workload_from(rising)
    rates = [rate for *_, rate in steps.steps]
    assert rates == pytest.approx([100 * 1.5**n for n in range(5)])
    at = due_s(steps)
    for begin_s, end_s, rate in steps.steps:
        assert ((at >= begin_s) & (at < end_s)).sum() == pytest.approx(20 * rate, rel=0.01)
