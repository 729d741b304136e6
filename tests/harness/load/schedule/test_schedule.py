"""The schedule is the whole load as data: complete, even, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.core.errors import UsageError
from harness.load.schedule.schedule import Names, Workload, schedule, user_name
from harness.load.schedule.sessions import NEIGHBOURS_EVERY
from harness.target.neighbours import Likeness, likenesses_of, pair_of
from harness.target.reference.dialect import ReferenceDialect

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
