"""Skew and association of tables of which both are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sharding.spread import VARIANTS, association, ids, impressions, skew


def test_skew_is_what_the_fullest_has_more_than_an_even_share() -> None:
    shard = np.array([0, 0, 0, 1])
    assert skew(np.ones(4, dtype=np.int64), shard, 2) == pytest.approx(0.5)
    assert skew(np.array([1, 1, 1, 3]), shard, 2) == pytest.approx(0.0)


def test_what_follows_from_the_other_has_one_and_what_does_not_has_none() -> None:
    chi2, p, v, low, high = association(np.array([[500, 0], [0, 500]]))
    assert (chi2, v) == (1000.0, 1.0)
    assert p < 1e-9
    assert low > 0.9
    assert high == 1.0
    assert association(np.array([[250, 250], [250, 250]]))[:4] == (0.0, 1.0, 0.0, 0.0)


def test_users_and_what_they_saw_follow_from_the_seed() -> None:
    for kind in ("user-N", "uuid4", "address"):
        assert len(set(ids(kind, 100))) == 100
        assert ids(kind, 10) == ids(kind, 100)[:10]
    assert impressions(10).tolist() == impressions(10).tolist()
    assert impressions(1000).min() >= 1


def test_the_shard_s_own_digits_decide_a_variant_taken_from_them() -> None:
    from servers.sharding.buckets import bucket_of

    whole = dict(VARIANTS)["the shard's own eight digits, modulo 2"]
    assert all(whole(user) == bucket_of(user) % 2 for user in ids("user-N", 50))
