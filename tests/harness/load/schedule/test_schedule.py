"""The schedule is the whole load as data: complete, even, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.core.errors import UsageError
from harness.load.schedule.schedule import (
    Names,
    Slot,
    Window,
    Workload,
    planned,
    schedule,
    user_name,
    windows,
)
from harness.load.schedule.sessions import NEIGHBOURS_EVERY
from harness.target.neighbours import Likeness, likenesses_of, pair_of
from harness.target.reference.dialect import ReferenceDialect
from tests.harness.target.foreign import LinesDialect

STEADY = Workload(sessions=100, impressions=50, duration_s=30.0)


def test_every_impression_is_in_exactly_one_slot() -> None:
    seen = Counter(
        (user_name(1, slot.session), artwork)
        for slot in schedule(STEADY, 1)
        for artwork in slot.artworks
    )
    assert len(seen) == STEADY.total == 5_000
    assert set(seen.values()) == {1}


def test_the_same_seed_gives_the_same_slots_and_another_seed_others() -> None:
    assert schedule(STEADY, 7) == schedule(STEADY, 7)
    assert schedule(STEADY, 7) != schedule(STEADY, 8)


def test_slots_are_in_order_and_within_the_duration() -> None:
    due = [slot.at_s for slot in schedule(STEADY, 1)]
    assert due == sorted(due)
    assert max(due) <= STEADY.duration_s + STEADY.flush_delay_s


def test_arrivals_are_even_not_in_bursts() -> None:
    """Sessions that start together would flush together: most of a second's requests at once."""
    due = [slot.at_s for slot in schedule(STEADY, 1) if 4 <= slot.at_s < 26]
    per_half_second = Counter(int(at_s * 2) for at_s in due)
    mean = len(due) / 44
    assert min(per_half_second.values()) > mean / 3
    assert max(per_half_second.values()) < mean * 2


def test_a_batch_leaves_the_flush_delay_after_its_first_view() -> None:
    for slot in schedule(STEADY, 1):
        assert slot.at_s == pytest.approx(slot.shown_at_s[0] + STEADY.flush_delay_s)
        assert all(slot.shown_at_s[0] <= shown_s <= slot.at_s for shown_s in slot.shown_at_s)


def test_a_full_batch_leaves_at_once() -> None:
    quick = Workload(sessions=1, impressions=7, duration_s=9.0, flush_delay_s=2.0, batch_size_max=2)
    sizes = [len(slot.artworks) for slot in schedule(quick, 1)]
    assert sizes == [2, 2, 2, 1]
    assert all(slot.at_s == slot.shown_at_s[-1] for slot in schedule(quick, 1)[:3])


SMALL = {"sessions": 3, "impressions": 2, "duration_s": 4.0, "flush_delay_s": 1.0}


def slots_of(workload: Workload, seed: int) -> list[tuple[object, ...]]:
    return [
        (s.at_s, s.session, s.sequence, s.batch, s.artworks, s.shown_at_s)
        for s in schedule(workload, seed)
    ]


def test_what_a_seed_draws_changes_only_on_purpose() -> None:
    """A load is repeated by its seed, on every machine; who changes these slots changes them all.

    Even: three sessions with two views each, one view every half second.
    """
    assert slots_of(Workload(**SMALL), 1) == [  # type: ignore[arg-type]
        (1.25, 0, 0, "6c5795e14b3b7e33", ("load-000595",), (0.25,)),
        (1.75, 1, 0, "7970e130d0c7742f", ("load-000595",), (0.75,)),
        (2.25, 2, 0, "0d022233fa9dedcb", ("load-000936",), (1.25,)),
        (2.75, 0, 1, "1546a0f2c927ea0b", ("load-000596",), (1.75,)),
        (3.25, 1, 1, "952f980476b17683", ("load-000596",), (2.25,)),
        (3.75, 2, 1, "8bc440364068fd88", ("load-000937",), (2.75,)),
    ]
    poisson = Workload(**SMALL, arrivals="poisson")  # type: ignore[arg-type]
    assert slots_of(poisson, 1) == [
        (
            1.417881149,
            2,
            0,
            "0d022233fa9dedcb",
            ("load-000936", "load-000937"),
            (0.417881149, 0.955589323),
        ),
        (
            1.682007435,
            0,
            0,
            "6c5795e14b3b7e33",
            ("load-000595", "load-000596"),
            (0.682007435, 1.212998674),
        ),
        (
            3.0445405,
            0,
            1,
            "1546a0f2c927ea0b",
            ("load-000597", "load-000598"),
            (2.0445405, 2.217296806),
        ),
    ]


def test_windows_are_a_fifth_of_a_second_and_number_the_slots_throughout() -> None:
    every = list(windows(STEADY, 2))
    assert [w.end_s for w in every] == pytest.approx([0.2 * (n + 1) for n in range(len(every))])
    numbers = [n for window in every for n in window.index.tolist()]
    assert numbers == list(range(len(schedule(STEADY, 2))))
    for window in every:
        assert (window.at_ns < window.end_s * 1e9).all()
        assert window.at_ns.dtype == np.int64


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
def test_what_is_planned_is_what_is_scheduled(arrivals: str) -> None:
    workload = Workload(sessions=10, impressions=7, duration_s=8.0, arrivals=arrivals)
    slots = schedule(workload, 3)
    assert planned(workload, 3) == (len(slots), sum(len(slot.artworks) for slot in slots))
    assert planned(workload, 3)[1] == 70


def test_batches_have_names_that_no_two_share_and_sequences_that_count() -> None:
    slots = schedule(STEADY, 5)
    assert len({slot.batch for slot in slots}) == len(slots)
    assert all(len(slot.batch) == 16 for slot in slots)
    by_session: dict[int, list[Slot]] = {}
    for slot in slots:
        by_session.setdefault(slot.session, []).append(slot)
    for own in by_session.values():
        assert [slot.sequence for slot in own] == list(range(len(own)))


def test_a_part_has_whole_slots_with_their_views() -> None:
    """Four slots with 1, 2, 0 and 3 views, dealt out to two and to one."""
    window = Window(
        end_s=1.0,
        index=np.array([10, 11, 12, 13]),
        at_ns=np.array([1, 2, 3, 4]),
        session=np.array([5, 6, 7, 8]),
        sequence=np.array([0, 1, 2, 3]),
        batch=np.array([21, 22, 23, 24], dtype=np.uint64),
        views=np.array([0, 1, 3, 3, 6]),
        artwork=np.array([100, 200, 201, 400, 401, 402]),
        shown_ns=np.array([-1, -2, -3, -4, -5, -6]),
    )
    odd = window.part(1, 2)
    assert (odd.end_s, len(odd)) == (1.0, 2)
    assert odd.index.tolist() == [11, 13]
    assert odd.at_ns.tolist() == [2, 4]
    assert odd.session.tolist() == [6, 8]
    assert odd.sequence.tolist() == [1, 3]
    assert odd.batch.tolist() == [22, 24]
    assert odd.views.tolist() == [0, 2, 5]
    assert odd.artwork.tolist() == [200, 201, 400, 401, 402]
    assert odd.shown_ns.tolist() == [-2, -3, -4, -5, -6]
    assert window.part(0, 1) is window


DIALECT = ReferenceDialect()
ALIKE = tuple(range(0, STEADY.pool, NEIGHBOURS_EVERY))


def test_every_kind_of_neighbour_is_among_the_artworks_of_a_load() -> None:
    names = Names(STEADY, 3, DIALECT)
    kinds = likenesses_of(DIALECT)
    pairs = [(names.artworks[n], names.artworks[n + 1]) for n in ALIKE]
    wanted = [pair_of(kinds, DIALECT.load_artwork_id(n), 3 + t) for t, n in enumerate(ALIKE)]
    assert pairs == wanted
    assert len(pairs) >= len(Likeness)
    assert names.users[:2] == [*pair_of(kinds, user_name(3, 0), 3)]
    assert len({*names.users}) == STEADY.sessions


def test_the_names_are_those_that_another_systems_dialect_gives() -> None:
    """Its ids are numbers and it takes no neighbours."""
    few = Workload(**SMALL)  # type: ignore[arg-type]
    assert Names(few, 1, LinesDialect()).artworks[:3] == ["500000", "500001", "500002"]
    assert Names(few, 1, LinesDialect()).users == ["load-1-00000", "load-1-00001", "load-1-00002"]
    assert Names(few, 1).artworks[:2] == ["load-000000", "load-000001"]


def test_a_visitor_of_a_load_sees_both_of_a_pair() -> None:
    names = Names(STEADY, 1, DIALECT)
    seen: dict[int, set[str]] = {}
    for slot in schedule(STEADY, 1, DIALECT):
        seen.setdefault(slot.session, set()).update(slot.artworks)
    both = {n for n in ALIKE for ids in seen.values() if ids >= {*names.artworks[n : n + 2]}}
    assert len(both) >= len(ALIKE) - 2


def test_users_that_are_neighbours_see_the_same() -> None:
    seen: dict[int, set[str]] = {}
    for slot in schedule(STEADY, 1):
        seen.setdefault(slot.session, set()).update(slot.artworks)
    for session in range(0, STEADY.sessions - 1, NEIGHBOURS_EVERY):
        assert seen[session] == seen[session + 1]
    assert seen[2] != seen[3]


def test_a_workload_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="over before the first flush"):
        Workload(sessions=1, impressions=1, duration_s=2.0)
    with pytest.raises(UsageError, match="needs sessions"):
        Workload(sessions=0, impressions=1, duration_s=9.0)
