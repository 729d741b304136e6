"""A device's session, composed: a link for one device, a stack for each step, the judge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from harness.browsers.base import BrowserFacts
from harness.compose.directory import make_suite_directory, suite_end, suite_plan
from harness.compose.reference import run_on_a_stack
from harness.device.session import DeviceSession, SessionOptions, StartRun
from harness.ledger.plan import PlannedCell, SuiteOptions, write_plan
from harness.process.addresses import is_loopback, lan_addresses, visited_at, ways_in
from harness.process.interrupt import cancel_on_signals
from harness.process.processes import Processes
from harness.run.run import Run
from reports.judging.judge import judge_run
from scenarios.browsers.by_hand import cells_by_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOrder:
    """How a device's session is held, and the suite is made below ``out``.

    ``show_code`` shows the link as a QR code too, where it can be shown.
    """

    session: SessionOptions
    out: Path
    command: str
    options: SuiteOptions
    database_url: str | None
    show_code: Callable[[str], None] | None


@dataclass(frozen=True, slots=True)
class HeldSession:
    """The suite's directory, and whether the session was interrupted."""

    directory: Path
    interrupted: bool


async def hold_session(
    order: DeviceOrder, processes: Processes, say: Callable[[str], None]
) -> HeldSession | None:
    """Hold the session; Ctrl-C ends it, and what was done is kept.

    Returns None when it was interrupted before a device came.
    """
    cancel_on_signals()
    session = DeviceSession(order.session, _judged, say)
    async with session:
        _invite(session, order, say)
        try:
            facts = await session.arrival()
        except asyncio.CancelledError:
            return None
        cells = cells_by_hand(facts.name, order.session.preset)
        directory = _begin(order, facts, cells, say)
        with suite_end(directory) as end:
            try:
                start = _starter(order, processes, directory)
                end.trouble = await session.carry_out(cells, start, directory)
                await session.goodbye()
            except asyncio.CancelledError:
                end.interrupt()
    return HeldSession(directory, end.interrupted)


def _invite(session: DeviceSession, order: DeviceOrder, say: Callable[[str], None]) -> None:
    bind = order.session.bind
    port = session.gateway.url.rpartition(":")[2]
    host = visited_at(bind)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}{session.desk.invitation}"
    say("Open this link on the device; it works once, for the first that opens it:\n")
    say(f"  {url}\n")
    if order.show_code:
        order.show_code(url)
    if is_loopback(bind):
        others = lan_addresses()
        option = f"--bind {others[0].address}" if others else "--bind ADDRESS"
        say(
            "Only this machine can open it. For a phone in the same network: "
            f"harness device {option}\n{ways_in()}. "
            f"An Android phone on a cable: adb reverse tcp:{port} tcp:{port}"
        )
    say("waits for the device; Ctrl-C stops")


def _begin(
    order: DeviceOrder,
    facts: BrowserFacts,
    cells: Sequence[PlannedCell],
    say: Callable[[str], None],
) -> Path:
    pretends = "" if facts.kind == "device" else "; it only pretends to be one: emulated"
    say(f"\n{facts.product} {facts.version} on {facts.platform} came{pretends}")
    plan = suite_plan(f"device {facts.name}", order.command, cells, order.options)
    directory = make_suite_directory(order.out, "device", started=plan.started)
    write_plan(directory, plan)
    return directory


def _starter(order: DeviceOrder, processes: Processes, directory: Path) -> StartRun:
    def start(cell: PlannedCell) -> AbstractAsyncContextManager[Run]:
        return run_on_a_stack(
            cell, directory, order.options, processes, database_url=order.database_url
        )

    return start


def _judged(directory: Path) -> tuple[str, str]:
    cell = judge_run(directory).cell
    return cell.verdict.value, cell.reason
