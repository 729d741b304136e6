"""What is done to the parts of a larger system while a load is sent, by the level of ``fault``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from harness.core.clock import pause
from harness.faults.process.pooler import PoolerPaused, PoolerReconnected
from harness.run.run import Run
from scenarios.scale_out.queues import QUEUE_FAULTS, QUEUE_FAULTS_LAST_S
from scenarios.scale_out.replicas import CUT_OFF_S, PAUSED_S, lose_primary, pause_replay
from scenarios.scale_out.shards import (
    CUT_S,
    cut_off_shard,
    grow,
    let_movers_die,
    move_buckets,
)

AWAY_S, STILL_S, POOLER_PAUSED_S = 3.0, 7.0, 3.0
"""A balancer takes a server that stands still for one that is down after about five seconds."""

Happening = Callable[[Run, "asyncio.Future[None]"], Awaitable[None]]
"""What is done while a load is sent."""


def _killed(part: str) -> Happening:
    async def kill(run: Run, loading: asyncio.Future[None]) -> None:
        async with run.part(part).down(killed=True):
            await pause(AWAY_S)

    return kill


def _still(part: str) -> Happening:
    async def stop(run: Run, loading: asyncio.Future[None]) -> None:
        async with run.part(part).still():
            await pause(STILL_S)

    return stop


async def restart_each_server(run: Run, loading: asyncio.Future[None]) -> None:
    """Restart every server in an orderly way, one after the other."""
    for name in sorted(name for name in run.context.site.parts if name.startswith("server-")):
        async with run.part(name).down(killed=False):
            pass


async def _rolling_restart(run: Run, loading: asyncio.Future[None]) -> None:
    """Restart every server, one after the other, again and again while the load is sent."""
    while not loading.done():
        await restart_each_server(run, loading)


async def _pause_pooler(run: Run, loading: asyncio.Future[None]) -> None:
    site = run.context.site
    async with run.fault(PoolerPaused(site.pooler_console, site.dsn)):
        await pause(POOLER_PAUSED_S)


async def _reconnect_pooler(run: Run, loading: asyncio.Future[None]) -> None:
    async with run.fault(PoolerReconnected(run.context.site.pooler_console)):
        pass


async def _nothing(run: Run, loading: asyncio.Future[None]) -> None:
    pass


FAULTS: Mapping[str, Happening] = {
    "none": _nothing,
    "server_killed": _killed("server"),
    "database_killed": _killed("database"),
    "one_server_killed": _killed("server-1"),
    "one_server_still": _still("server-1"),
    "rolling_restart": _rolling_restart,
    "balancer_killed": _killed("balancer"),
    "balancer_still": _still("balancer"),
    "pooler_killed": _killed("pooler"),
    "pooler_still": _still("pooler"),
    "pooler_paused": _pause_pooler,
    "pooler_reconnected": _reconnect_pooler,
    "replica_killed": _killed("replica"),
    "replay_paused": pause_replay,
    "primary_lost": lose_primary,
    **QUEUE_FAULTS,
    "shard_killed": _killed("shard-2"),
    "shard_still": _still("shard-2"),
    "shard_cut_off": cut_off_shard,
    "buckets_moved": move_buckets,
    "mover_dies": let_movers_die,
    "shards_grown": grow,
}
"""Level of the factor ``fault`` → what is done while the load is sent."""

OUT = {
    "one_server_killed": "server-1",
    "one_server_still": "server-1",
    "rolling_restart": "server-2",
    "balancer_killed": "balancer",
    "balancer_still": "balancer",
    "pooler_killed": "pooler",
    "pooler_still": "pooler",
    "pooler_paused": "pooler",
    "replica_killed": "replica",
    "replay_paused": "replica",
    "primary_lost": "replica",
    "broker_killed": "broker",
    "broker_still": "broker",
    "shard_killed": "shard-2",
    "shard_still": "shard-2",
}
"""Fault → the part that an engine's witness must see to be out."""
LASTS_S = {
    "server_killed": AWAY_S,
    "database_killed": AWAY_S,
    "one_server_killed": AWAY_S,
    "one_server_still": STILL_S,
    "balancer_killed": AWAY_S,
    "balancer_still": STILL_S,
    "pooler_killed": AWAY_S,
    "pooler_still": STILL_S,
    "pooler_paused": POOLER_PAUSED_S,
    "replica_killed": AWAY_S,
    "replay_paused": PAUSED_S,
    "primary_lost": CUT_OFF_S,
    **QUEUE_FAULTS_LAST_S,
    "shard_killed": AWAY_S,
    "shard_still": STILL_S,
    "shard_cut_off": CUT_S,
}
"""Fault → for how long it must have been there."""
