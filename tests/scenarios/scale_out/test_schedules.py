"""A month's faults: each exists for its topology, and they are spread over the load."""

from __future__ import annotations

import pytest

from harness.target.reference.topologies import topology_named
from scenarios.scale_out.schedules import EACH, SCHEDULES, moments_s


def test_faults_are_spread_evenly_and_none_is_at_an_end() -> None:
    assert moments_s(100.0, 4) == [20.0, 40.0, 60.0, 80.0]
    assert moments_s(100.0, 1) == [50.0]


@pytest.mark.parametrize("topology", SCHEDULES)
def test_each_fault_is_one_that_the_topology_has(topology: str) -> None:
    assert set(SCHEDULES[topology]) <= set(EACH)
    one = topology_named(topology)
    parts = {"one_server_killed": one.is_balanced, "rolling_restart": one.is_balanced}
    parts |= {"balancer_killed": one.is_balanced, "pooler_killed": one.is_pooled}
    parts |= {"broker_killed": one.is_queued, "worker_killed": one.is_queued}
    parts |= {"replica_killed": one.is_replicated, "shard_killed": one.is_sharded}
    assert all(parts.get(fault, True) for fault in SCHEDULES[topology])
