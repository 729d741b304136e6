"""A load seen from the run: sign everybody in, start the generators, watch them, take the books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.clock import Instant, now
from harness.ledger.files import Ledger
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import LoadStepEnd, LoadStepStart, LoadStopped
from harness.ledger.rundir import Arm
from harness.load.child import Sending, run_locust
from harness.load.generator.task import Plan
from harness.load.live import LiveView
from harness.load.schedule.schedule import Names, Workload, windows
from harness.process.processes import Processes
from harness.target.dialect import Dialect, ids_at_most_of
from harness.target.sign_in import sign_in_all
from harness.target.system import System

_AWAITED_MAX = 2_000_000
"""Of a larger load the rows are not waited for one by one: their names alone would fill memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Where a load goes and who carries it: ``direct_url`` signs in, ``host`` takes the load.

    ``system`` says how both are spoken to.
    """

    processes: Processes
    directory: Path
    ledger: Ledger
    system: System
    direct_url: str
    host: str
    server_processes: Mapping[str, int]


async def drive(drive: Drive, workload: Workload, seed: int, arm: Arm) -> set[tuple[str, str]]:
    """Send a workload to its end; return the impressions (user, artwork) that were shown.

    The arm says by how many generators: ``processes`` of this machine (one sends alone, more have
    a master), or the ``workers`` that come to the ``master`` by themselves. Raises HarnessError
    when a generator broke or hung.
    """
    dialect = drive.system.dialect
    workload = fitted(workload, dialect)
    names = Names(workload, seed, dialect)
    live = LiveView(drive.directory, drive.direct_url, dialect, drive.server_processes, workload)
    live.says("signing in")
    sessions = await sign_in_all(dialect, drive.direct_url, names.users)
    plan = Plan(
        directory=str(drive.directory),
        host=drive.host,
        seed=seed,
        workload=workload,
        system=drive.system.name,
        sessions={user: session.lines for user, session in sessions.items()},
        workers=_workers(arm),
        master=arm.get("master", ""),
    )
    if plan.master:
        live.says(f"waiting for {plan.workers} workers at {plan.master}")
    try:
        sending = await run_locust(drive.processes, plan, live.look)
    finally:
        live.end()
    drive.ledger.wrote_elsewhere(sending.rows)
    _note_steps(drive.ledger, workload, sending)
    return _shown(names, workload, seed, sending)


def fitted(workload: Workload, dialect: Dialect) -> Workload:
    """Return the workload with no more ids in a batch than a request of the system takes."""
    most = ids_at_most_of(dialect)
    if most is None:
        return workload
    return replace(
        workload,
        batch=min(workload.batch, most),
        batch_size_max=min(workload.batch_size_max, most),
    )


def _workers(arm: Arm) -> int:
    if "master" in arm:
        return int(arm.get("workers", "1"))
    processes = int(arm.get("processes", "1"))
    return processes if processes > 1 else 0


def _note_steps(ledger: Ledger, workload: Workload, sending: Sending) -> None:
    """Write when each step of the load began and ended, and why it was given up early."""
    network, moment = ledger.witness(NETWORK), now()
    apart_ns = moment.wall_ns - moment.mono_ns
    for number, (begin_s, end_s, rate) in enumerate(workload.steps):
        for edge, at_s in ((LoadStepStart, begin_s), (LoadStepEnd, end_s)):
            at_ns = sending.start_ns + round(at_s * 1e9)
            at = Instant(at_ns, at_ns + apart_ns)
            network.saw(edge(rate_per_s=rate, step=number), at=at)
    if sending.stopped:
        network.saw(LoadStopped(why=sending.stopped))


def _shown(names: Names, workload: Workload, seed: int, sending: Sending) -> set[tuple[str, str]]:
    shown: set[tuple[str, str]] = set()
    if sending.stopped or workload.total > _AWAITED_MAX:
        return shown  # the ledger knows what was shown; quiet is waited for all the same
    for window in windows(workload, seed):
        users = window.session.repeat(window.views[1:] - window.views[:-1]).tolist()
        for session, artwork in zip(users, window.artwork.tolist(), strict=True):
            shown.add((names.users[session], names.artworks[artwork]))
    return shown
