"""Batches that reach the server at the same moment, before it can write any of them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from harness.browsers.visitor import Tab
from harness.core.clock import pause
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.barrier import Barrier
from harness.ledger.rundir import Arm, CheckSpec
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.http import batches_in_flight
from scenarios.catalogue.declare import check

MOST_AT_ONCE = 5
"""How many tabs of one browser are held at a barrier: it opens six connections to a host, and needs
one for everything else."""
GATHER_S = 15.0
SLOW_S = 0.5
"""How much longer no write ends: who gathers batches before writing has begun to write by then."""
_TAKEN_S = 1.0
_ANSWER_S = 1.0


def patient(arm: Arm) -> dict[str, Any]:
    """Return page options with which a batch that is held is not given up; the roadmap's recorder
    never gives one up."""
    return {"firstTimeoutMs": "30000"} if arm["preset"] == "durable" else {}


def met(parties: int) -> CheckSpec:
    """Return the check that ``parties`` batches were in the server's hands at the same time."""
    return check("batches_overlapped", parties=parties)


@asynccontextmanager
async def meeting(run: Run, parties: int) -> AsyncIterator[Barrier]:
    """Hold the first batches of as many tabs as there are ``parties``; none may be open yet.

    At the end of the block they are let go if they were not.
    """
    barrier = Barrier(await run.network.gateway(), parties)
    async with run.fault(barrier):
        yield barrier


async def let_meet(run: Run, barrier: Barrier) -> None:
    """Wait until all batches are held, and let them go while no write to the database ends: each
    is in the server's hands before the first of them is stored.

    Whether they met is a matter of the ledger, and of the check ``batches_overlapped``.
    """
    await barrier.gathered(timeout_s=GATHER_S)
    async with contextlib.AsyncExitStack() as held:
        if Capability.TABLE in run.context.site.capabilities:
            lock = run.database.writes_wait()
            await held.enter_async_context(run.fault(lock))
            barrier.release()
            with contextlib.suppress(WaitTimeout):
                await wait_until("a write waits", lock.waiting, timeout_s=_TAKEN_S)
        barrier.release()
        await _until_taken(run, barrier.parties)
        await pause(SLOW_S)


async def _until_taken(run: Run, parties: int) -> None:
    """Wait until the server has ``parties`` batches in flight, where it counts them."""
    dialect, url = run.system.dialect, run.context.site.direct_url
    if not dialect.readiness_path:
        return

    async def are_taken() -> bool:
        return await batches_in_flight(dialect, url, timeout_s=_ANSWER_S) >= parties

    with contextlib.suppress(HarnessError):  # it may not answer now, or count otherwise
        await wait_until("the server has every batch", are_taken, timeout_s=_TAKEN_S)


def shared_and_own(
    artworks: Sequence[str], tabs: Sequence[Tab], own: int
) -> Mapping[Tab, list[str]]:
    """Return what each tab shows: ``own`` artworks that no other shows, and all the rest.

    Every second tab has them in the other order: a server that stores them in the order in which
    they come takes its locks in two orders.
    """
    shared = list(artworks[own * len(tabs) :])
    shown = {}
    for number, tab in enumerate(tabs):
        ids = [*artworks[own * number : own * (number + 1)], *shared]
        shown[tab] = ids[::-1] if number % 2 else ids
    return shown
