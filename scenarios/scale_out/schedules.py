"""What happens to a topology in a month, as a list, and when each of it begins in a load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenarios.scale_out.faults import FAULTS, Happening, restart_each_server

EACH: Mapping[str, Happening] = {**FAULTS, "rolling_restart": restart_each_server}
SCHEDULES: Mapping[str, Sequence[str]] = {
    "balanced": (
        *("rolling_restart", "one_server_killed", "one_server_still"),
        *("balancer_killed", "database_killed", "rolling_restart"),
    ),
    "replicated-synchronous": ("server_killed", "replica_killed", "database_killed"),
    "sharded": (
        *("rolling_restart", "one_server_killed", "shard_killed", "shard_still"),
        *("balancer_killed", "rolling_restart"),
    ),
    "full": (
        *("rolling_restart", "one_server_killed", "worker_killed", "pooler_killed"),
        *("replica_killed", "broker_killed", "balancer_killed", "database_killed"),
        "rolling_restart",
    ),
}
"""Topology → what happens to it in a month, in this order, evenly over the load."""


def moments_s(duration_s: float, faults: int) -> list[float]:
    """Return when each of a number of faults begins, with equal stretches between them."""
    return [duration_s * number / (faults + 1) for number in range(1, faults + 1)]
