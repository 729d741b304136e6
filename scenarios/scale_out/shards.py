"""What happens to shards while a load is sent: buckets move, a mover dies, shards are added."""

from __future__ import annotations

import asyncio

from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.outage import Blackhole
from harness.faults.process.shards import BucketMover, BucketsMove
from harness.ledger.kinds import TOPOLOGY
from harness.ledger.rundir import CheckSpec
from harness.load.schedule.schedule import Names
from harness.run.run import Run
from harness.target.reference.shards import bucket_of
from scenarios.catalogue.declare import check
from scenarios.load.arms import workload_of

SOURCE, TARGET = 1, 2
MOVED, GROWN_TO = 2, 8
CUT_S = 7.0
"""How many buckets of users of the load move; to how many shards is grown."""
BEFORE = (
    "publish",
    "reserve",
    "copy",
    "pause",
    "catch-up",
    "leave",
    "switch",
    "clean-up",
    "remove",
)
"""The steps of a move, at each of which a mover dies."""


WAITS_S, PAUSED_S, OTHERS_S = 3.0, 2.0, 2.0
"""How long any request may take while buckets move; how long a bucket may take no writes; how long
requests of others' may take while a shard is out."""
LEAST_SHARE = 0.25
"""Of an even share of the questions that each shard must have been asked."""
LEAST_OTHERS, LEAST_MEANWHILE = 5, 5
MOVING = {"buckets_moved": MOVED, "mover_dies": 1, "shards_grown": 128}
"""Fault → how many buckets move at least."""


OUT = {"shard_killed": "shard-2", "shard_still": "shard-2", "shard_cut_off": "shard-2"}
"""Fault → the shard that is out."""


def of_shards(fault: str) -> list[CheckSpec]:
    """Return what shards are held to besides delivery."""
    found = [check("reads_see_own_writes")]
    if fault == "none":
        found.append(check("questions_on_one_shard", least=LEAST_SHARE))
    if fault in OUT:
        bounds = {"at_most_s": OTHERS_S, "least": LEAST_OTHERS}
        found.append(check("other_shards_undisturbed", shard=OUT[fault], **bounds))
    if fault in MOVING:
        found.append(check("buckets_moved", least=MOVING[fault], paused_s=PAUSED_S))
    if fault in ("buckets_moved", "shards_grown"):
        found.append(check("waits_bounded", at_most_s=WAITS_S, least_in_fault=LEAST_MEANWHILE))
    return found


async def move_buckets(run: Run, loading: asyncio.Future[None]) -> None:
    """Move buckets of users who are sending from the first shard to the second."""
    mover, buckets = _mover(run), _busy(run)[:MOVED]
    async with run.fault(BucketsMove("buckets move", lambda: mover.move(SOURCE, TARGET, buckets))):
        pass


async def cut_off_shard(run: Run, loading: asyncio.Future[None]) -> None:
    """Let nothing pass between the servers and the second shard, which goes on by itself."""
    api = run.context.site.toxiproxy_api
    if api is None:
        raise HarnessError("no Toxiproxy stands between the servers and the shards")
    async with run.fault(Blackhole(Proxy(api, OUT["shard_cut_off"]))):
        await pause(CUT_S)


async def let_movers_die(run: Run, loading: asyncio.Future[None]) -> None:
    """At each step of a move let its mover die, and put right what it has left."""
    mover, buckets = _mover(run), _busy(run)[:1]

    async def all_of_them() -> None:
        source, target = SOURCE, TARGET
        for step in BEFORE:
            await mover.die_before(step, source, target, buckets)
            await mover.recover()
            if BEFORE.index(step) >= BEFORE.index("switch"):  # it went on: move it back next time
                source, target = target, source

    async with run.fault(BucketsMove("movers die", all_of_them)):
        pass


async def grow(run: Run, loading: asyncio.Future[None]) -> None:
    """Admit the spare shards, and spread the buckets over all."""
    mover = _mover(run)
    mover.admit_all()
    async with run.fault(BucketsMove("shards grow", lambda: mover.grow(GROWN_TO))):
        pass


def _mover(run: Run) -> BucketMover:
    context = run.context
    if context.site.shards is None:
        raise HarnessError("this target has no shards")
    return BucketMover(
        context.site.shards,
        context.processes,
        run.directory / "logs",
        context.ledger.witness(TOPOLOGY),
    )


def _busy(run: Run) -> list[int]:
    """Return the buckets on the first shard that users of the load are in, in the load's order."""
    context = run.context
    workload = workload_of(context.plan.arm)
    names = Names(workload, context.plan.seed, context.site.system.dialect)
    assert context.site.shards is not None
    found = dict.fromkeys(map(bucket_of, names.users))
    return [bucket for bucket in found if bucket % context.site.shards.count == SOURCE - 1]
