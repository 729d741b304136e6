"""The roadmap's hash, cut finer."""

from __future__ import annotations

import hashlib

import psycopg
import pytest

from servers.sharding.buckets import (
    BUCKETS,
    NAMES_SQL,
    bucket_of,
    first_shard_of,
    is_in,
    name_of,
)

USERS = ("ann", "bob", "user-0001", "Ä ö", "", "x" * 512)


@pytest.mark.parametrize("user", USERS)
def test_the_first_shard_is_the_roadmap_s(user: str) -> None:
    roadmap = int(hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()[:8], 16) % 4
    assert first_shard_of(bucket_of(user), 4) == roadmap


def test_the_buckets_of_known_users_never_change() -> None:
    assert [bucket_of(user) for user in USERS] == [138, 188, 61, 195, 217, 31]


def test_a_condition_names_its_buckets_in_order_and_none_is_false() -> None:
    assert is_in("u", [255, 1]) == "substr(md5(u), 7, 2) = '01' OR substr(md5(u), 7, 2) = 'ff'"
    assert is_in("u", []) == "false"


@pytest.mark.stack
def test_sql_has_the_same_buckets(database: str) -> None:
    with psycopg.connect(database) as connection:
        for user in USERS:
            query = f"SELECT {NAMES_SQL.format(user='%s::text')}"
            assert connection.execute(query.encode(), (user,)).fetchone() == (
                name_of(bucket_of(user)),
            )
    assert len({name_of(bucket) for bucket in range(BUCKETS)}) == BUCKETS
