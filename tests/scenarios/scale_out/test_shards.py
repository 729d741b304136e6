"""What each fault of shards is held to."""

from __future__ import annotations

import pytest

from scenarios.scale_out.shards import BEFORE, of_shards

ALWAYS = {"reads_see_own_writes"}


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("none", {"questions_on_one_shard"}),
        ("shard_killed", {"other_shards_undisturbed"}),
        ("buckets_moved", {"buckets_moved", "waits_bounded"}),
        ("shards_grown", {"buckets_moved", "waits_bounded"}),
        ("mover_dies", {"buckets_moved"}),
    ],
)
def test_each_fault_has_its_checks(fault: str, names: set[str]) -> None:
    assert {one.name for one in of_shards(fault)} == names | ALWAYS


def test_a_mover_dies_at_every_step_once() -> None:
    assert len(set(BEFORE)) == len(BEFORE) == 9
