"""Shards are numbered from 1; a real one: tests/servers/topology."""

from __future__ import annotations

import pytest

from harness.witnesses.topology.shard import WatchedShard, shards_of

GONE = "postgresql://ann@127.0.0.1:1/views"


def test_each_has_its_part_and_its_process() -> None:
    found = shards_of([GONE, GONE])
    assert [(one.part, one.process) for one in found] == [
        ("shard-1", "shard-1"),
        ("shard-2", "shard-2"),
    ]


def test_one_that_is_gone_is_an_error_in_one_line() -> None:
    with pytest.raises(OSError, match="refused") as gone:
        WatchedShard(1, GONE).look(7)
    assert "\n" not in str(gone.value)
