"""The harness's own hash of a user is the one that the shards were laid out by."""

from __future__ import annotations

import pytest

from harness.target.reference.shards import BUCKETS, bucket_of
from servers.sharding import buckets


@pytest.mark.parametrize("user", ["ann", "Ä ö", "", "x" * 512, "visitor-1"])
def test_both_have_one_bucket_for_a_user(user: str) -> None:
    assert bucket_of(user) == buckets.bucket_of(user)
    assert buckets.BUCKETS == BUCKETS
