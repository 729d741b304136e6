"""Without any option a topology is one server and nothing else."""

from __future__ import annotations

from servers.topology.scaled.options import ONE_SERVER, TopologyOptions


def test_one_server_has_neither_balancer_nor_pooler() -> None:
    assert TopologyOptions(servers=1, haproxy=None, pgbouncer=None) == ONE_SERVER
