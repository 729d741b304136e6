"""What happens to a broker and its workers while a load is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.outage import Blackhole
from harness.faults.process.queue import (
    KilledBeforeAcknowledging,
    PoisonPublished,
    WriterKilled,
)
from harness.faults.process.worker import WorkerPaused
from harness.ledger.kinds import NETWORK
from harness.ledger.rundir import CheckSpec
from harness.load.schedule.workload import Workload
from harness.run.run import Run
from harness.target.reference.topologies import STORED_S
from harness.target.target import QueueAccess
from scenarios.catalogue.declare import check

AWAY_S, STILL_S, CUT_S, FULL_S = 3.0, 7.0, 5.0, 5.0
UNHEARD_S, BACKLOG_S = 1.0, 4.0
LATE_S = STORED_S + 15.0
"""From being shown, or from the end of a fault: a client may first have to send again."""
PATIENT_S = 240.0
POISON = 2
BACKLOG = 5
DEAF_S = 2.0
"""What the broker had confirmed before it stood still is answered within this."""
AGAIN = 3
"""A worker is killed this often between COMMIT and acknowledgement."""


def patient(workload: Workload) -> Workload:
    """Return a load whose users keep what they could not send for as long as a broker may take to
    start again on a busy machine: what they give up is no loss of the target's.

    Their pauses grow evenly: those that double are longer, after half a minute, than what
    ``LATE_S`` leaves, and a batch would be late by its user's own patience.
    """
    return replace(workload, drain_s=PATIENT_S, retry="linear-jitter")


def _queue(run: Run) -> QueueAccess:
    queue = run.context.site.queue
    if queue is None:
        raise HarnessError("the target has no message queue")
    return queue


async def kill_worker(run: Run, loading: asyncio.Future[None]) -> None:
    """Kill one process of workers in the middle of everything."""
    network = run.context.ledger.witness(NETWORK)
    async with run.fault(WriterKilled(_queue(run).workers[0], network)):
        await pause(AWAY_S)


async def kill_before_acknowledging(run: Run, loading: asyncio.Future[None]) -> None:
    """Kill a worker that has committed and not acknowledged, several times."""
    for _ in range(AGAIN):
        network = run.context.ledger.witness(NETWORK)
        async with run.fault(KilledBeforeAcknowledging(_queue(run), network)):
            pass


async def cut_off_workers(run: Run, loading: asyncio.Future[None]) -> None:
    """Let nothing pass between the workers and the broker."""
    api, queue = run.context.site.toxiproxy_api, _queue(run)
    if api is None:
        raise HarnessError("no Toxiproxy stands between the workers and the broker")
    async with run.fault(Blackhole(Proxy(api, queue.proxy))):
        await pause(CUT_S)


async def poison(run: Run, loading: asyncio.Future[None]) -> None:
    """Publish messages that no worker can store."""
    async with run.fault(PoisonPublished(_queue(run), POISON)):
        pass


async def fill(run: Run, loading: asyncio.Future[None]) -> None:
    """Let every worker stand still until the queue is full, and longer."""
    async with _workers_still(run):
        await pause(FULL_S)


@asynccontextmanager
async def _workers_still(run: Run) -> AsyncIterator[None]:
    async with AsyncExitStack() as held:
        for worker in _queue(run).workers:
            await held.enter_async_context(run.fault(WorkerPaused(worker)))
        yield


async def kill_server_unconfirmed(run: Run, loading: asyncio.Future[None]) -> None:
    """Kill the server while what it has published is not confirmed: the broker stands still."""
    async with AsyncExitStack() as held:
        async with run.part("broker").still():
            await pause(UNHEARD_S)
            await held.enter_async_context(run.part("server").down(killed=True))
        await pause(UNHEARD_S)


async def kill_broker(run: Run, loading: asyncio.Future[None]) -> None:
    """Kill the broker while batches wait in its queue, and start it again with what it has on its
    disk."""
    async with _workers_still(run):
        await pause(BACKLOG_S)
        async with run.part("broker").down(killed=True):
            await pause(AWAY_S)


async def still_broker(run: Run, loading: asyncio.Future[None]) -> None:
    """Let the broker stand still for longer than the server waits for a confirm."""
    async with run.part("broker").still():
        await pause(STILL_S)


QUEUE_FAULTS = {
    "broker_killed": kill_broker,
    "broker_still": still_broker,
    "worker_killed": kill_worker,
    "worker_killed_before_ack": kill_before_acknowledging,
    "workers_cut_off": cut_off_workers,
    "poison": poison,
    "queue_full": fill,
    "server_killed_unconfirmed": kill_server_unconfirmed,
}
"""Level of the factor ``fault`` → what is done while the load is sent."""
QUEUE_FAULTS_LAST_S = {
    "broker_killed": AWAY_S,
    "broker_still": STILL_S,
    "worker_killed": AWAY_S,
    "workers_cut_off": CUT_S,
    "queue_full": FULL_S,
    "server_killed_unconfirmed": UNHEARD_S,
}


def of_queue(fault: str) -> list[CheckSpec]:
    """Return what a queue is asked under a fault, beside what every run of one is."""
    found = [
        check("stored_after_answer", within_s=STORED_S),
        check("in_time", within_s=LATE_S),
        check("dead_letters_accounted", expected=POISON if fault == "poison" else 0),
    ]
    if fault == "worker_killed_before_ack":
        found.append(check("messages_redelivered", at_least=AGAIN))
    if fault == "broker_killed":
        found.append(check("queue_held", at_least=BACKLOG))
    if fault == "broker_still":
        found.append(check("acks_need_broker", after_s=DEAF_S, least_sent=BACKLOG))
    return found
