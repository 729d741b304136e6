"""The schedule is the whole load as data: complete, even, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.core.errors import UsageError
from harness.load.schedule.schedule import Workload, schedule, user_name

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


def test_a_workload_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="over before the first flush"):
        Workload(sessions=1, impressions=1, duration_s=2.0)
    with pytest.raises(UsageError, match="needs sessions"):
        Workload(sessions=0, impressions=1, duration_s=9.0)
