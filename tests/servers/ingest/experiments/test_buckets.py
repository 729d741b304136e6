"""Buckets: stable, in proportion to the shares, independent of shards and of each other."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servers.ingest.experiments.buckets import choose, position

USERS = [f"user-{n}" for n in range(20_000)]
HALVES = [("a", 50.0), ("b", 50.0)]
SURPRISING_P = 1e-4
shares = st.lists(
    st.tuples(st.text(min_size=1, max_size=5), st.floats(0.001, 1_000)),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[0],
)


def shard(user: str) -> int:
    """The roadmap's shard of a user."""
    return int(hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()[:2], 16) % 4


def bare_bucket(user: str) -> int:
    """The roadmap's bucket of a user."""
    return int(hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()[:2], 16) % 2


def association_p(one: list[object], other: list[object]) -> float:
    table = [
        [sum((a, b) == (x, y) for x, y in zip(one, other, strict=True)) for b in sorted(set(other))]  # type: ignore[type-var]
        for a in sorted(set(one))  # type: ignore[type-var]
    ]
    return float(stats.chi2_contingency(table).pvalue)


def test_positions_are_the_same_in_every_process_and_version() -> None:
    assert position("2026-12", "ann") == pytest.approx(0.5351244834265676)
    assert position("2026-12", "Zoë") == pytest.approx(0.05524768010849335)
    assert position("other", "ann") != position("2026-12", "ann")


@given(st.text(max_size=20), st.text(max_size=20).filter(str.isprintable))
def test_a_position_lies_from_zero_up_to_one(salt: str, user: str) -> None:
    assert 0 <= position(salt, user) < 1


@given(st.text(min_size=1, max_size=20).filter(str.isprintable), shares)
def test_a_user_gets_one_of_the_variants_and_always_the_same(
    user: str, shares: list[tuple[str, float]]
) -> None:
    first = choose("salt", user, shares)
    assert first in dict(shares)
    assert choose("salt", user, shares) == first
    doubled = [(name, 2 * share) for name, share in shares]
    assert choose("salt", user, doubled) == first


def test_a_share_that_grows_takes_users_and_gives_none_away() -> None:
    before = {user: choose("s", user, [("a", 10), ("b", 90)]) for user in USERS[:2_000]}
    after = {user: choose("s", user, [("a", 30), ("b", 70)]) for user in USERS[:2_000]}
    assert all(after[user] == "a" for user, variant in before.items() if variant == "a")


def test_positions_are_uniform() -> None:
    counts = [0] * 100
    for user in USERS:
        counts[int(100 * position("uniform", user))] += 1
    assert stats.chisquare(counts).pvalue > SURPRISING_P


def test_shares_are_kept() -> None:
    found = [choose("shares", user, [("a", 1), ("b", 2), ("c", 0), ("d", 7)]) for user in USERS]
    counts = [found.count(name) for name in ("a", "b", "d")]
    assert stats.chisquare(counts, [2_000, 4_000, 14_000]).pvalue > SURPRISING_P
    assert "c" not in found


def test_variants_are_independent_of_shards_where_a_bare_hash_is_not() -> None:
    shards: list[object] = [shard(user) for user in USERS]
    assert association_p([bare_bucket(user) for user in USERS], shards) < 1e-100
    assert association_p([choose("2026-12", user, HALVES) for user in USERS], shards) > SURPRISING_P


def test_two_experiments_are_independent_of_each_other() -> None:
    found: list[list[object]] = [
        [choose(salt, user, HALVES) for user in USERS] for salt in ("one", "two", "one ", "One")
    ]
    for one, other in itertools.combinations(found, 2):
        assert association_p(one, other) > SURPRISING_P


def test_no_share_is_an_error() -> None:
    with pytest.raises(ValueError, match="no share is above zero"):
        choose("s", "ann", [("a", 0.0)])
