"""Shapes and arrivals: the right number, at the right rate, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.load.schedule.schedule import schedule, windows
from harness.load.schedule.shape import Cumulative, Piece, arrivals, pieces_of, whole
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
    for kind, low, high in (("poisson", 0.95, 1.05), ("even", 0.0, 0.01)):
        ready = Workload(**BASE, arrivals=kind, batch=1)  # type: ignore[arg-type]
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


def test_even_batches_leave_at_even_moments_however_dense_they_are() -> None:
    """Forty batches of five views in ten seconds; a session sees ten views between two flushes."""
    dense = Workload(sessions=4, impressions=50, duration_s=11.0, flush_delay_s=1.0, batch=5)
    due = due_s(dense)
    assert np.diff(due) == pytest.approx(np.full(39, 0.25))
    assert due[0] == pytest.approx(0.125)


def test_a_single_view_is_a_whole_workload() -> None:
    [slot] = schedule(Workload(sessions=1, impressions=1, duration_s=5.0, flush_delay_s=1.0), 1)
    assert (slot.at_s, slot.shown_at_s) == (3.0, (2.0,))


def test_bursts_are_two_seconds_high_and_eight_low_to_the_last_moment() -> None:
    def bursts(span_s: float) -> list[tuple[float, float, float]]:
        found = pieces_of("burst", span_s, peak=9.0, step_s=9.0, step_factor=9.0)
        return [(round(one.seconds, 9), one.start, one.end) for one in found]

    assert bursts(20.0) == [(2, 4, 4), (8, 0.25, 0.25)] * 2
    assert bursts(11.5) == [(2, 4, 4), (8, 0.25, 0.25), (1.5, 4, 4)]
    assert bursts(5.0) == [(2, 4, 4), (3, 0.25, 0.25)]
    assert bursts(2.0) == [(2, 4, 4)]
    assert bursts(2.5) == [(2, 4, 4), (0.5, 0.25, 0.25)]
    assert bursts(10.5) == [(2, 4, 4), (8, 0.25, 0.25), (0.5, 4, 4)]


def test_the_other_shapes_are_the_pieces_that_their_names_say() -> None:
    def shape(name: str) -> list[tuple[float, float, float]]:
        found = pieces_of(name, 50.0, peak=5.0, step_s=20.0, step_factor=3.0)
        return [(one.seconds, one.start, one.end) for one in found]

    assert shape("steady") == [(50, 1, 1)]
    assert shape("ramp") == [(50, 0, 5)]
    assert shape("spike") == [(20, 1, 1), (10, 5, 5), (20, 1, 1)]
    assert shape("steps") == [(25, 1, 1), (25, 3, 3)]
    assert pieces_of("steps", 5.0, peak=1.0, step_s=20.0, step_factor=3.0) == (
        Piece(seconds=5.0, start=1.0, end=1.0),
    )


def test_moments_are_the_inverse_of_what_is_due() -> None:
    """Ten a second for 2 s, then from ten up to thirty in 4 s: 20 and 80 views."""
    pieces = (Piece(seconds=2.0, start=1.0, end=1.0), Piece(seconds=4.0, start=1.0, end=3.0))
    cumulative = Cumulative(pieces, 10.0)
    assert cumulative.total == 100.0
    due = np.array([0.0, 5.0, 20.0, 32.5, 100.0])
    # 10 x + 2.5 x² is 12.5 at one second of the second piece, and 80 at four.
    assert cumulative.moments(due) == pytest.approx([0, 0.5, 2, 3, 6])


def test_a_ramp_from_nothing_begins_at_once_and_a_steady_rate_goes_on() -> None:
    ramp = Cumulative((Piece(seconds=10.0, start=0.0, end=2.0),), 1.0)
    assert ramp.moments(np.array([0.0, 2.5, 10.0])) == pytest.approx([0, 5, 10])
    steady = Cumulative((Piece(seconds=10.0, start=1.0, end=1.0),), 2.0)
    assert steady.moments(np.array([30.0])) == pytest.approx([15.0])
    falling = Cumulative((Piece(seconds=10.0, start=2.0, end=0.0),), 1.0)
    assert falling.moments(np.array([7.5, 10.0])) == pytest.approx([5, 10])


def test_a_total_that_is_whole_but_for_the_last_digit_is_whole() -> None:
    assert [whole(due) for due in (0.0, 0.4, 1.0, 4.9, 5.0, 5.0000001, 5.1)] == [
        1,
        1,
        1,
        5,
        5,
        5,
        6,
    ]


@pytest.mark.parametrize("kind", ["even", "poisson"])
def test_many_arrivals_come_in_pieces_that_fit_together(kind: str) -> None:
    """70,000 in 70 s are drawn in two pieces: the second begins where the first ends."""
    steady = Cumulative((Piece(seconds=70.0, start=1.0, end=1.0),), 1000.0)
    chunks = list(arrivals(steady, kind, np.random.default_rng(1)))
    assert [len(chunk) for chunk in chunks] == [65_536, 4_464]
    moments = np.concatenate(chunks)
    gaps = np.diff(moments)
    assert (gaps >= 0).all()
    assert 0 < moments[0] < 0.1
    assert 69.9 < moments[-1] < 70
    assert gaps[65_535] < 0.02
    per_s = np.bincount(moments.astype(int), minlength=70)
    spread = per_s.std() / np.sqrt(1000)
    assert spread < 0.05 if kind == "even" else 0.7 < spread < 1.3


@pytest.mark.parametrize("seed", range(8))
def test_a_piece_of_poisson_arrivals_begins_after_the_one_before(seed: int) -> None:
    steady = Cumulative((Piece(seconds=70.0, start=1.0, end=1.0),), 1000.0)
    first, second = arrivals(steady, "poisson", np.random.default_rng(seed))
    assert first[-1] < second[0]


def test_even_arrivals_go_on_for_the_extra_ones_at_the_last_rate() -> None:
    steady = Cumulative((Piece(seconds=2.0, start=1.0, end=1.0),), 2.0)
    [moments] = arrivals(steady, "even", np.random.default_rng(1), 3)
    assert moments == pytest.approx([0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25])


def test_fewer_even_arrivals_than_one_are_one_in_the_middle() -> None:
    slow = Cumulative((Piece(seconds=2.0, start=1.0, end=1.0),), 0.25)
    [moments] = arrivals(slow, "even", np.random.default_rng(1))
    assert moments == pytest.approx([1.0])
