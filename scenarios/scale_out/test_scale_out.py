"""A larger system under load, of which one part fails: nothing is lost, nothing stored twice."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from harness.core.clock import pause, seeded_random
from harness.core.wait import wait_until
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from harness.target.reference.topologies import Topology, topology_of
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import EXACTLY_ONCE_BUT_SOME, exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S
from scenarios.scale_out.faults import FAULTS, LASTS_S, OUT
from scenarios.scale_out.queues import QUEUE_FAULTS, of_queue, patient
from scenarios.scale_out.readers import asking
from scenarios.scale_out.shards import of_shards

BEGUN_S = 60.0
CALM_S = (1.5, 3.0)
"""How long the load goes on, once something of it is stored, before the fault: drawn, so that it
does not keep step with a server that writes at intervals."""
LEAST_SHARE = 0.2
POOL_SIZE = 20
"""Connections of the pooler to PostgreSQL, of servers/topology/scaled/pgbouncer.py."""
ROLLING_S = 15.0
"""What it takes to restart two servers."""

_HIDDEN = frozenset(
    {
        *("one_server_killed", "one_server_still", "balancer_still"),
        *("pooler_killed", "pooler_still", "pooler_paused"),
        *("replica_killed", "replay_paused", "primary_lost", "database_killed", "shard_killed"),
        *("worker_killed", "workers_cut_off"),
    }
)
"""Faults that no client need feel: the other server answers, or the answer comes later."""
_FLAWLESS = frozenset(
    {
        *("none", "rolling_restart", "pooler_paused", "pooler_reconnected", "replay_paused"),
        *("worker_killed", "worker_killed_before_ack", "workers_cut_off", "poison"),
        *("buckets_moved", "shards_grown"),
    }
)
"""Faults through which every request is acknowledged at its first attempt."""
LEAST_ANSWERS, LEAST_AT_RISK = 20, 5
FRESH_S = 5.0
"""By how much a read may be behind an acknowledgement where a queue gives it; the queue holds what
is under way, for some hundredths of a second."""
_HOLD_UP_STORING = frozenset({"broker_killed", "database_killed", "worker_killed_before_ack"})
"""Faults through which what was acknowledged waits in the queue, for as long as a part takes to be
back."""


def _checks(arm: Arm) -> list[CheckSpec]:
    fault, topology, total = arm["fault"], topology_of(arm), workload_of(arm).total
    found = [*_of_delivery(topology, fault, total), check("load_as_planned", impressions=total)]
    if topology.is_replicated:
        found += _of_replica(topology, fault)
    if topology.is_queued:
        found += of_queue(fault)
    if topology.is_sharded:
        found += of_shards(fault)
    if fault in LASTS_S:
        felt = 0.0 if fault in _HIDDEN else 1.0
        live = check("fault_was_live", lasting_s=LASTS_S[fault], felt_least=felt, sent_least=1)
        found.append(live)
    if fault in OUT:
        found.append(check("part_was_out", part=OUT[fault]))
    if fault in _FLAWLESS:
        sent = 1 if fault in ("rolling_restart", "pooler_paused") else 0
        found.append(check("every_flush_succeeded", least_in_fault=sent))
    if topology.is_balanced and fault == "none":
        found.append(check("servers_shared_batches", least=LEAST_SHARE))
    if topology.is_pooled:
        found.append(check("pooler_within_limit", at_most=POOL_SIZE))
    return found


def _of_delivery(topology: Topology, fault: str, total: int) -> list[CheckSpec]:
    """Return what was promised: everything once, except where an asynchronous replica takes the
    place of a primary that is lost."""
    if fault != "primary_lost":
        return [*exactly_once(total)]
    may_lose = topology.replication == "asynchronous"
    kept = check("promotion_kept_acknowledged", may_lose=may_lose)
    if not may_lose:
        return [*exactly_once(total), kept]
    # A receipt whose row is gone is the very loss that ``kept`` counts.
    rest = [one for one in EXACTLY_ONCE_BUT_SOME if one.name != "conservation"]
    return [check("views_as_planned", views=total), *rest, kept]


def _of_replica(topology: Topology, fault: str) -> list[CheckSpec]:
    mode = "sync" if topology.replication == "synchronous" else "async"
    found = [check("replica_follows", mode=mode)]
    if fault == "none":
        found.append(check("replica_answered", least=LEAST_SHARE))
    at_risk = LEAST_AT_RISK if fault == "replay_paused" else 0
    if not topology.shows_own_writes:
        if fault not in _HOLD_UP_STORING:
            found.append(check("reads_catch_up", within_s=FRESH_S, least=LEAST_ANSWERS))
    elif fault != "primary_lost":
        own = check("reads_see_own_writes", least_from_replica=LEAST_ANSWERS, least_at_risk=at_risk)
        found.append(own)
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
        *arms(
            topology=["replicated", "replicated-synchronous"],
            workload=["trickle"],
            fault=["none", "replay_paused", "replica_killed", "primary_lost", "database_killed"],
        ),
        *arms(
            topology=["queued"],
            workload=["trickle"],
            fault=["none", *QUEUE_FAULTS, "server_killed", "database_killed"],
        ),
        *arms(
            topology=["balanced-queued-pooled"],
            workload=["trickle"],
            fault=["none", "rolling_restart", "pooler_killed", "workers_cut_off"],
        ),
        *arms(
            topology=["full"],
            workload=["trickle"],
            fault=[
                *("none", "one_server_killed", "rolling_restart", "broker_killed"),
                *("worker_killed_before_ack", "pooler_killed", "replica_killed"),
                "database_killed",
            ],
        ),
        *arms(
            topology=["sharded"],
            workload=["trickle"],
            fault=["none", "shard_killed", "shard_still", "shard_cut_off", "buckets_moved"],
        ),
        *arms(topology=["sharded"], workload=["trickle"], duration=["60"], fault=["mover_dies"]),
        *arms(
            topology=["sharded-growing"],
            workload=["trickle"],
            duration=["60"],
            fault=["shards_grown"],
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
    workload, topology = workload_of(cell.arm), topology_of(cell.arm)
    if topology.is_queued:
        workload = patient(workload)
    is_asked = topology.is_replicated or topology.is_sharded
    async with start_run(cell) as run:
        async with asking(run, workload) if is_asked else nullcontext():
            loading = asyncio.ensure_future(run.load.send(workload))
            try:
                await wait_until(
                    "something is stored", run.witnesses.database.count, timeout_s=BEGUN_S
                )
                await pause(seeded_random(cell.seed, "scale-out").uniform(*CALM_S))
                await FAULTS[cell.arm["fault"]](run, loading)
                await loading
            finally:
                loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
