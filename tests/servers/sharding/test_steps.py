"""The names that steps leave on shards, and what is done when a fact does not come about."""

from __future__ import annotations

from typing import Any, cast

import psycopg
import pytest

from servers.sharding import steps
from servers.sharding.steps import MoveError, ShardSession


def shard(number: int) -> ShardSession:
    return ShardSession(number, cast("psycopg.Connection[Any]", None), "", "")


def test_two_moves_to_one_target_have_two_names() -> None:
    names = {steps.name_of_move(shard(source), shard(7)) for source in range(3)}
    assert names == {"bucket_move_0_7", "bucket_move_1_7", "bucket_move_2_7"}


def test_a_fact_that_does_not_come_about_is_named() -> None:
    with pytest.raises(MoveError, match=r"not within 0\.01 s: it rains"):
        steps._until(lambda: False, 0.01, "it rains")
