"""Stretches of a load: who belongs to each."""

from __future__ import annotations

import numpy as np
import pytest

from reports.evidence.requests import stretches


@pytest.mark.parametrize("for_s", [0.5, 3.0, 30.0])
def test_a_stretch_holds_what_was_due_in_its_time(for_s: float) -> None:
    at_s = np.random.default_rng(7).permutation(np.round(np.linspace(2, 40, 500), 1))
    found = list(stretches(at_s, for_s))
    assert [start for start, _ in found] == [
        2 + number * for_s / 2 for number in range(int((38 - for_s) / (for_s / 2)) + 1)
    ]
    for start_s, places in found:
        inside = (at_s >= start_s) & (at_s < start_s + for_s)
        assert sorted(places.tolist()) == np.flatnonzero(inside).tolist()


def test_a_long_load_has_many_stretches_that_take_no_more_room_than_its_requests() -> None:
    at_s = np.linspace(0, 10_000, 20_000)
    found = list(stretches(at_s, 10))
    assert len(found) > 1_900
    assert sum(len(places) for _, places in found) <= 2 * len(at_s)
    assert all(places.base is found[0][1].base for _, places in found)


def test_a_load_that_is_shorter_has_no_stretch() -> None:
    assert list(stretches(np.array([1.0, 2.0]), 5)) == []
