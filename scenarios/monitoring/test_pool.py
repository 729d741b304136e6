"""Predictive pool management: new artworks come before a viewer has seen them all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random  # noqa: TID251 - the type alone

import psycopg

from harness.core.clock import pause, seeded_random
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.process.worker import WorkerKilled, WorkerPaused
from harness.ledger.kinds import POOL
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.http import client_of
from harness.target.session import connected
from harness.target.target import PoolWorkerProcess
from harness.witnesses.pool import PoolWitness
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.monitoring.viewers import Viewers, paces

VIEWERS = 200
VIEWING_S = 20.0
DONE_S = 60.0
TROUBLES = 5
LEASE_S = 3.0
"""The workers' lease, of ``harness.compose.targets.pool_workers``."""
ORDERS = "predictive_pool"
FORECAST = "UPDATE pool_forecast SET window_s = 10, span_s = 4, horizon_s = 3"
"""Two minutes of production are three seconds here: sprinters have seen all in ten."""
RUNNING = "SELECT worker FROM pool_jobs WHERE state = 'running' ORDER BY id"
OPEN = "SELECT count(*) FROM pool_jobs WHERE state IN ('waiting', 'running')"

Asking = psycopg.AsyncConnection
Halt = Callable[[PoolWorkerProcess, Run, Random], Awaitable[None]]


async def _kill(worker: PoolWorkerProcess, run: Run, chance: Random) -> None:
    await pause(chance.uniform(0, 0.3))
    async with run.fault(WorkerKilled(worker)):
        await pause(chance.uniform(0, 0.5))


async def _pause(worker: PoolWorkerProcess, run: Run, chance: Random) -> None:
    await pause(chance.uniform(0, 0.2))
    async with run.fault(WorkerPaused(worker)):
        await pause(LEASE_S + chance.uniform(0.5, 1.5))


HALTS: dict[str, Halt] = {"workers_killed": _kill, "workers_paused": _pause}


def _checks(arm: Arm) -> list[CheckSpec]:
    common = [check("nothing_lost"), check("nothing_twice")]
    # A row whose receipt died with the server is a duplicate in the receipt of the next attempt.
    common += [] if arm["trouble"] == "server_killed" else [check("conservation")]
    if arm["improvement"] != ORDERS:
        return [check("no_viewer_ran_out"), *common]
    retaken = 1 if arm["trouble"] in HALTS else 0
    exact = [check("jobs_once_per_crossing"), check("jobs_done", retaken=retaken)]
    # A worker that is gone for a lease may well come too late; it may lose or double nothing.
    served = [check("no_viewer_ran_out")] if arm["trouble"] == "none" else []
    return [*served, *exact, *common]


@scenario(
    matrix="monitoring",
    arms=arms(
        improvement=[ORDERS], trouble=["none", "workers_killed", "workers_paused", "server_killed"]
    ),
    on_request=arms(improvement=["rollups"], trouble=["none"]),
    needs=[],
    checks=_checks,
    about_s=60,
    controls={Capability.RESTARTABLE_SERVER, Capability.TABLE},
)
async def test_pool(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two hundred viewers look at a pool of artworks, each at a pace of its own, while workers make
    new ones before anybody has seen them all: does a viewer run out, is each crossing of a level
    ordered once and each job done once, whatever is killed meanwhile?"""
    trouble = cell.arm["trouble"]
    async with start_run(cell) as run:
        site = run.context.site
        viewing = paces(cell.seed, VIEWERS)
        async with await connected(site.dsn) as asking, client_of(run.system.dialect) as http:
            if cell.arm["improvement"] == ORDERS:
                await asking.execute(FORECAST)
            watching = PoolWitness(site.dsn, run.context.ledger.witness(POOL))
            watching.start()
            run.context.exits.callback(watching.stop)
            viewers = Viewers(run, http)
            await viewers.remember(viewing)
            async with asyncio.TaskGroup() as group:
                halting = group.create_task(_trouble(run, trouble, asking))
                await viewers.view(viewing, VIEWING_S)
                halting.cancel()
            if cell.arm["improvement"] == ORDERS:
                await viewers.leap("leaper")
                await _all_done(asking)
        await run.settle()
    judge(run)


async def _trouble(run: Run, trouble: str, asking: Asking) -> None:
    """Halt workers in the middle of their jobs, or the server, again and again."""
    chance = seeded_random(run.plan.seed, "trouble")
    if trouble == "server_killed":
        for _ in range(2):
            await pause(chance.uniform(3, 8))
            async with run.server.down(killed=True):
                await pause(chance.uniform(0, 0.5))
    elif trouble in HALTS:
        for _ in range(TROUBLES):
            worker = await _working(run, asking)
            await HALTS[trouble](worker, run, chance)


async def _working(run: Run, asking: Asking) -> PoolWorkerProcess:
    """Wait until a worker has a job, and return it."""
    by_name = {worker.name: worker for worker in run.context.site.workers}
    busy: list[PoolWorkerProcess] = []

    async def is_working() -> bool:
        rows = await (await asking.execute(RUNNING)).fetchall()
        busy[:] = [by_name[name] for (name,) in rows if name in by_name and by_name[name].pid]
        return bool(busy)

    await wait_until("a worker has a job", is_working, timeout_s=DONE_S)
    return busy[0]


async def _all_done(asking: Asking) -> None:
    """Wait until no job is open; one that stays so shows in the ledger."""

    async def is_done() -> bool:
        return await (await asking.execute(OPEN)).fetchone() == (0,)

    with contextlib.suppress(WaitTimeout):
        await wait_until("every job is done", is_done, timeout_s=DONE_S, interval_s=0.2)
