"""`harness device`, composed: a device's session, a stack for each step, and the reports.

Beside harness/cli/main.py, which hands over how a command ends, because one file would be too long.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol

import click
from rich.console import Console

from harness.browsers.base import BrowserFacts
from harness.browsers.catalogue import ENGINES
from harness.compose.reference import run_on_a_stack
from harness.compose.suite import SuiteEnd, make_suite_directory
from harness.core.clock import utc_stamp
from harness.device.invitation import qr_code
from harness.device.session import DeviceSession, StartRun, Wishes
from harness.ledger.plan import SUITE_END_FILE, PlannedCell, SuiteOptions, SuitePlan, write_plan
from harness.ledger.rundir import CheckSpec, versions, write_json
from harness.process.addresses import checked_bind, is_loopback, lan_addresses, visited_at, ways_in
from harness.process.processes import Processes
from harness.run.run import Run
from harness.target.target import Target, load_target, redacted
from harness.witnesses.database import check_database
from reports.judging.judge import judge_run
from reports.pages.publish import Published, publish
from scenarios.browsers.by_hand import FIVE
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.expected import expected_loss
from scenarios.catalogue.planning import select

talk = Console(stderr=True, highlight=False)


class Finish(Protocol):
    """How a command that judged something ends: it prints and exits."""

    def __call__(self, published: Published, *, as_json: bool, interrupted: bool) -> None:
        """Print the verdict and the report's path, and exit with the code that fits."""


@dataclass(slots=True, kw_only=True)
class Order:
    """What was asked for, and what became of it: ``directory`` once a device came, and ``end``."""

    wishes: Wishes
    out: Path
    options: SuiteOptions
    database_url: str | None
    with_code: bool
    directory: Path | None = None
    end: SuiteEnd = field(default_factory=lambda: SuiteEnd(interrupted=False))


def device_command(finish: Finish) -> click.Command:
    """Return the command."""

    @click.command("device")
    @click.option("--bind", metavar="ADDRESS", default="127.0.0.1", help="Listen there: see below.")
    @click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
    @click.option("--preset", type=click.Choice(["durable", "roadmap"]), default="durable")
    @click.option("--timeout", type=click.FloatRange(1), default=180.0, help="Seconds a step.")
    @click.option("--no-qr", is_flag=True, help="Print the link only.")
    @click.option("--database", metavar="URL", help="Use this PostgreSQL instead of our own.")
    @click.option("--target", "target_file", type=click.Path(path_type=Path), help="A target file.")
    @click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="Print verdict.json, not the table.")
    def device(
        bind: str,
        port: int,
        preset: str,
        timeout: float,
        no_qr: bool,
        database: str | None,
        target_file: Path | None,
        out: Path,
        as_json: bool,
    ) -> None:
        """Fill a phone's column of the browser matrix, with the phone in your hand.

        Prints a link for one device; the page behind it leads through the roadmap's five validation
        points. Only this machine can open it, unless --bind names one of this machine's addresses
        that the phone can reach.
        """
        bind = checked_bind(bind)
        target = load_target(target_file) if target_file else Target()
        order = Order(
            wishes=Wishes(steps=FIVE, preset=preset, bind=bind, port=port, timeout_s=timeout),
            out=out,
            options=SuiteOptions(target=target),
            database_url=database or target.database_url,
            with_code=not no_qr and talk.is_terminal,
        )
        if order.database_url:
            asyncio.run(check_database(order.database_url))
        with Processes() as processes:
            asyncio.run(_hold(order, processes))
        if order.directory is None:
            raise KeyboardInterrupt
        finish(publish(order.directory), as_json=as_json, interrupted=order.end.interrupted)

    return device


async def _hold(order: Order, processes: Processes) -> None:
    """Hold the session; Ctrl-C ends it, and what was done is kept."""
    began = time.monotonic()
    cancel_on_signals()
    session = DeviceSession(order.wishes, _judged, _say)
    try:
        async with session:
            _invite(session, order)
            facts = await session.arrival()
            cells = _cells(facts, order.wishes.preset)
            order.directory = _begin(order, facts, cells)
            trouble = await session.carry_out(cells, _starter(order, processes), order.directory)
            order.end = SuiteEnd(interrupted=False, trouble=trouble)
            await session.goodbye()
    except asyncio.CancelledError:
        order.end = SuiteEnd(interrupted=True, trouble="interrupted before its turn")
    finally:
        if order.directory is not None:
            took_s = time.monotonic() - began
            end = {**asdict(order.end), "duration_s": took_s}
            write_json(order.directory / SUITE_END_FILE, end)


def cancel_on_signals() -> None:
    """Take Ctrl-C as the wish to stop, once: a second one must not cut the tidying short."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop)


def _invite(session: DeviceSession, order: Order) -> None:
    bind = order.wishes.bind
    port = session.gateway.url.rpartition(":")[2]
    host = visited_at(bind)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}{session.desk.invitation}"
    talk.print("Open this link on the device; it works once, for the first that opens it:\n")
    talk.print(f"  {url}\n", markup=False, soft_wrap=True)
    if order.with_code:
        talk.print(qr_code(url))
    if is_loopback(bind):
        others = lan_addresses()
        wish = f"--bind {others[0].address}" if others else "--bind ADDRESS"
        talk.print(
            f"Only this machine can open it. For a phone in the same network: harness device {wish}"
            f"\n{ways_in()}. An Android phone on a cable: adb reverse tcp:{port} tcp:{port}",
            markup=False,
            soft_wrap=True,
        )
    talk.print("waits for the device; Ctrl-C stops", markup=False)


def _cells(facts: BrowserFacts, preset: str) -> list[PlannedCell]:
    """Return the five points' cells for this device: same questions, same checks but one."""
    planned = select(
        load_all(),
        suite=None,
        names=[step.scenario for step in FIVE],
        levels={"browser": ENGINES[0], "preset": preset},
        seeds=(1,),
    )
    views = {step.scenario: step.views for step in FIVE}
    cells = []
    for cell in planned:
        arm = {**cell.plan.arm, "browser": facts.name}
        plan = replace(
            cell.plan, arm=arm, checks=_by_hand(cell.plan.checks, views[cell.plan.scenario])
        )
        cells.append(replace(cell, plan=plan, expected=expected_loss(cell.plan.scenario, arm)))
    return cells


def _by_hand(checks: Sequence[CheckSpec], views: int) -> tuple[CheckSpec, ...]:
    """Return a case's checks for a person, who may have fewer tabs to close than the case has.

    A page that nobody drives is asked by its conductor, which waits in its own way.
    """
    kept = [spec for spec in checks if spec.name not in ("views_as_planned", "drained_in_time")]
    return (CheckSpec(name="views_as_planned", parameters={"views": views}), *kept)


def _begin(order: Order, facts: BrowserFacts, cells: Sequence[PlannedCell]) -> Path:
    pretends = "" if facts.kind == "device" else "; it only pretends to be one: emulated"
    who = f"{facts.product} {facts.version} on {facts.platform}"
    talk.print(f"\n{who} came{pretends}", markup=False, soft_wrap=True)
    directory = make_suite_directory(order.out, f"{utc_stamp()}-{os.getpid()}-device")
    plan = SuitePlan(
        suite=f"device {facts.name}",
        command=shlex.join(["harness", *map(redacted, sys.argv[1:])]),
        cells=cells,
        options=order.options,
        facts=versions(),
    )
    write_plan(directory, plan)
    return directory


def _starter(order: Order, processes: Processes) -> StartRun:
    def start(cell: PlannedCell) -> AbstractAsyncContextManager[Run]:
        assert order.directory is not None
        return run_on_a_stack(
            cell, order.directory, order.options, processes, database_url=order.database_url
        )

    return start


def _say(line: str) -> None:
    talk.print(line, markup=False, soft_wrap=True)


def _judged(directory: Path) -> tuple[str, str]:
    cell = judge_run(directory).cell
    return cell.verdict.value, cell.reason
