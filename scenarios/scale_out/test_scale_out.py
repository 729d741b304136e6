"""A larger system under load, of which one part fails: nothing is lost, nothing stored twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from harness.core.clock import pause, seeded_random
from harness.core.wait import wait_until
from harness.faults.process.pooler import PoolerPaused, PoolerReconnected
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.reference.topologies import topology_of
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S

BEGUN_S = 60.0
CALM_S = (1.5, 3.0)
"""How long the load goes on, once something of it is stored, before the fault: drawn, so that it
does not keep step with a server that writes at intervals."""
AWAY_S, STILL_S, PAUSED_S = 3.0, 7.0, 3.0
"""A balancer takes a server that stands still for one that is down after about five seconds."""
LEAST_SHARE = 0.2
POOL_SIZE = 20
"""Connections of the pooler to PostgreSQL, of servers/topology/scaled/pgbouncer.py."""
ROLLING_S = 15.0
"""What it takes to restart two servers."""

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


async def _rolling_restart(run: Run, loading: asyncio.Future[None]) -> None:
    """Restart every server, one after the other, again and again while the load is sent."""
    names = sorted(name for name in run.context.site.parts if name.startswith("server-"))
    while not loading.done():
        for name in names:
            async with run.part(name).down(killed=False):
                pass


async def _pause_pooler(run: Run, loading: asyncio.Future[None]) -> None:
    site = run.context.site
    async with run.fault(PoolerPaused(site.pooler_console, site.dsn)):
        await pause(PAUSED_S)


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
}
"""Level of the factor ``fault`` → what is done while the load is sent."""

_OUT = {
    "one_server_killed": "server-1",
    "one_server_still": "server-1",
    "rolling_restart": "server-2",
    "balancer_killed": "balancer",
    "balancer_still": "balancer",
    "pooler_killed": "pooler",
    "pooler_still": "pooler",
    "pooler_paused": "pooler",
}
"""Fault → the part that an engine's witness must see to be out."""
_LASTS_S = {
    "server_killed": AWAY_S,
    "database_killed": AWAY_S,
    "one_server_killed": AWAY_S,
    "one_server_still": STILL_S,
    "balancer_killed": AWAY_S,
    "balancer_still": STILL_S,
    "pooler_killed": AWAY_S,
    "pooler_still": STILL_S,
    "pooler_paused": PAUSED_S,
}
_HIDDEN = frozenset(
    {
        *("one_server_killed", "one_server_still", "balancer_still"),
        *("pooler_killed", "pooler_still", "pooler_paused"),
    }
)
"""Faults that no client need feel: the other server answers, or the answer comes later."""
_FLAWLESS = frozenset({"none", "rolling_restart", "pooler_paused", "pooler_reconnected"})
"""Faults through which every request is acknowledged at its first attempt."""


def _checks(arm: Arm) -> list[CheckSpec]:
    fault, topology, total = arm["fault"], topology_of(arm), workload_of(arm).total
    found = [*exactly_once(total), check("load_as_planned", impressions=total)]
    if fault in _LASTS_S:
        felt = 0.0 if fault in _HIDDEN else 1.0
        found.append(check("fault_was_live", lasting_s=_LASTS_S[fault], felt_least=felt))
    if fault in _OUT:
        found.append(check("part_was_out", part=_OUT[fault]))
    if fault in _FLAWLESS:
        sent = 1 if fault in ("rolling_restart", "pooler_paused") else 0
        found.append(check("every_flush_succeeded", least_in_fault=sent))
    if topology.is_balanced and fault == "none":
        found.append(check("servers_shared_batches", least=LEAST_SHARE))
    if topology.is_pooled:
        found.append(check("pooler_within_limit", at_most=POOL_SIZE))
    return found


def _about_s(arm: Arm) -> float:
    return about_s(arm) + (ROLLING_S if arm["fault"] == "rolling_restart" else 0)


@scenario(
    matrix="scale-out",
    arms=[
        *arms(
            topology=["single"],
            workload=["trickle"],
            fault=["none", "server_killed", "database_killed"],
        ),
        *arms(
            topology=["balanced"],
            workload=["trickle"],
            fault=[
                *("none", "one_server_killed", "one_server_still", "rolling_restart"),
                *("balancer_killed", "balancer_still", "database_killed"),
            ],
        ),
        *arms(
            topology=["pooled"],
            workload=["trickle"],
            fault=[
                *("none", "pooler_killed", "pooler_still", "pooler_paused"),
                *("pooler_reconnected", "server_killed", "database_killed"),
            ],
        ),
        *arms(
            topology=["balanced-pooled"],
            workload=["trickle"],
            fault=["none", "one_server_killed", "rolling_restart", "pooler_killed"],
        ),
    ],
    needs=[],
    checks=_checks,
    conditions=sends,
    about_s=_about_s,
    controls={Capability.RESTARTABLE_SERVER, Capability.RESTARTABLE_DATABASE},
)
async def test_scale_out(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A load is sent to a larger system, and one of its parts is killed, stands still or is started
    anew meanwhile: is everything that was shown stored once?"""
    async with start_run(cell) as run:
        loading = asyncio.ensure_future(run.load.send(workload_of(cell.arm)))
        try:
            await wait_until("something is stored", run.witnesses.database.count, timeout_s=BEGUN_S)
            await pause(seeded_random(cell.seed, "scale-out").uniform(*CALM_S))
            await FAULTS[cell.arm["fault"]](run, loading)
            await loading
        finally:
            loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
