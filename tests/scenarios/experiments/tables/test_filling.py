"""Users of a bench: what each has seen, and what comes next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.experiments.tables.filling import (
    BATCH,
    POOL,
    SEEN,
    Walker,
    artwork,
    askers,
    batches,
    users_for,
)

WALKERS = [Walker(f"u{n}", SEEN[n % len(SEEN)], 7 * n, 1 + n) for n in range(10)]


@given(st.sampled_from(SEEN), st.integers(0, POOL - 1), st.integers(1, POOL - 1))
def test_what_comes_next_was_not_seen_and_comes_once(seen: int, start: int, step: int) -> None:
    walker = Walker("ann", seen, start, step)
    before = {artwork((start + k * step) % POOL) for k in range(seen)}
    coming = [walker.unseen(number) for number in range(walker.batches_left)]
    ids = [one for batch in coming for one in batch]
    assert len(before) == seen
    assert {len(batch) for batch in coming} == {BATCH}
    assert len(coming) == (POOL - seen) // BATCH
    assert len(set(ids)) == len(ids)
    assert not before & set(ids)
    assert all(batch == sorted(batch) for batch in coming)


def test_rows_are_whole_rounds_of_users() -> None:
    assert (users_for(1_000), users_for(2_000), users_for(100_000)) == (5, 10, 500)
    for wrong in (0, 999, 1_500):
        with pytest.raises(ValueError, match="no multiple of 1000"):
            users_for(wrong)


def test_batches_and_askers_come_from_the_seed() -> None:
    drawn = batches(WALKERS, 3, 20)
    assert drawn == batches(WALKERS, 3, 20)
    assert drawn != batches(WALKERS, 4, 20)
    keys = [(user, one) for user, batch in drawn for one in batch]
    assert len(keys) == len(set(keys)) == 20 * BATCH
    every = sum(walker.batches_left for walker in WALKERS)
    assert len(batches(WALKERS, 3, 10_000)) == every
    assert askers(WALKERS, 3, 50) == askers(WALKERS, 3, 50)
    assert set(askers(WALKERS, 3, 500)) == {walker.id for walker in WALKERS}
