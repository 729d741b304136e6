"""One run, top to bottom: begin, watch, let the scenario act, settle, end.

    async with watch_run(plan, directory, site, processes, options) as run:
        tab = await run.visitors.open_tab()
        await tab.look_at(run.artworks(1)[0])
        await run.settle()

Inside the block everything measures and nothing judges. Whatever happens, the witnesses' files
are closed and ``end.json`` says how the run ended.

A run is made of parts, one module of this package each. To add one, say ``mailbox``:

1. ``harness/run/mailbox.py``: ``class Mailbox`` whose constructor takes the ``RunContext`` and the
   parts that it needs; its methods are what a scenario does or asks.
2. What it starts it enters into ``context.exits``, in a method ``start``; that is all it takes to
   be ended, in reverse order, however the run ends.
3. Here: a field ``mailbox: Mailbox`` of ``Run``, made in ``_compose``; if it watches from the
   beginning, ``await run.mailbox.start()`` in ``_start``.
4. ``tests/harness/run/test_mailbox.py``. A scenario then says ``await run.mailbox.empty()``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.browsers.catalogue import is_remote
from harness.browsers.pool import BrowserPool
from harness.core.errors import HarnessError
from harness.core.phases import Phases
from harness.faults.base import Fault
from harness.faults.line.packets.link import PacketLink
from harness.faults.request.recording import RecordingRelay
from harness.ledger.files import Ledger
from harness.ledger.rundir import RunPlan, Status, end_run
from harness.process.processes import Processes
from harness.run.alerts import Alerts
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext
from harness.run.deaths import Deaths
from harness.run.load import LoadSender
from harness.run.network import Network
from harness.run.page_proof import PageProof
from harness.run.quiescence import SETTLE_TIMEOUT_S, Quiescence
from harness.run.service import Database, TargetService
from harness.run.visitors import Visitors
from harness.run.witnesses import Witnesses
from harness.target.system import System
from harness.target.target import Site
from harness.witnesses.notifications import Receivers

DEFAULT_BROWSER = "chromium"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run, apart from what: where browsers come from, the number of artworks in the pool,
    the link behind which the browsers live, if they do, the address of
    this machine that browsers elsewhere visit, where the run's phases are noted, the relay that
    records what arrives at the target, if there is one, once the target is up, and those whom
    Alertmanager notifies."""

    browsers: BrowserPool | None = None
    pool: int = 200
    link: PacketLink | None = None
    bind: str = ""
    phases: Phases = field(default_factory=Phases)
    relays: list[RecordingRelay] = field(default_factory=list)
    receivers: Receivers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a scenario acts through: the parts of one run. Made by ``watch_run``."""

    context: RunContext
    browsers: BrowserRegistry
    network: Network
    visitors: Visitors
    server: TargetService
    database: Database
    load: LoadSender
    witnesses: Witnesses
    quiescence: Quiescence
    deaths: Deaths
    alerts: Alerts

    @property
    def plan(self) -> RunPlan:
        """Return what is run: scenario, arm and seed."""
        return self.context.plan

    @property
    def system(self) -> System:
        """Return how the target is spoken to, and its page."""
        return self.context.system

    @property
    def directory(self) -> Path:
        """Return where the run is recorded."""
        return self.context.directory

    @property
    def visitor(self) -> str:
        """Return the user who visits when no other is named."""
        return self.context.visitor

    def part(self, name: str) -> TargetService:
        """Return a part of the target by its name: ``server-1``, ``balancer``, ``pooler`` …"""
        return TargetService(self.context, name)

    def artworks(self, count: int) -> list[str]:
        """Return ids of artworks of the pool, in an order drawn from the seed; two of each three
        are neighbours (``RunContext.artworks``)."""
        return self.context.artworks(count)

    def two_users(self) -> tuple[str, str]:
        """Return the names of two visitors that a careless system takes for one."""
        return self.context.two_users()

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        """Hold a fault for the length of the block; its span is recorded as it happened."""
        return self.context.fault(fault)

    async def settle(self, *, timeout_s: float = SETTLE_TIMEOUT_S) -> None:
        """Wait for quiescence, then make the final read: ``Quiescence.settle``."""
        await self.quiescence.settle(timeout_s=timeout_s)


def _compose(context: RunContext, options: RunOptions) -> Run:
    """Make the parts, each with those that it needs; nothing is started."""
    name = context.plan.arm.get("browser", DEFAULT_BROWSER)
    browsers = BrowserRegistry()
    network = Network(
        context,
        has_tabs=browsers.has_tabs,
        link=options.link,
        bind=options.bind if is_remote(name) else "",
    )
    witnesses = Witnesses(context, browser_processes=browsers.processes)
    quiescence = Quiescence(context, network, browsers, witnesses.database)
    browsers.until_stored = quiescence.until_stored
    return Run(
        context=context,
        browsers=browsers,
        network=network,
        visitors=Visitors(
            context,
            network,
            browsers,
            options.browsers,
            PageProof(context, network, witnesses.database),
            browser=name,
        ),
        server=TargetService(context, "server"),
        database=Database(context),
        load=LoadSender(context, network),
        witnesses=witnesses,
        quiescence=quiescence,
        deaths=Deaths(context, browsers, {**witnesses.probes, **_probes(context, network)}),
        alerts=Alerts(context),
    )


def _probes(context: RunContext, network: Network) -> Mapping[str, Callable[[], str]]:
    """Return gateway and relay → what returns how it has failed, empty while it works."""
    relay = context.relay
    found = {"gateway": network.failure}
    return found if relay is None else {**found, "relay": lambda: relay.failure}


async def _start(run: Run) -> None:
    """Start the parts that work from the beginning; the others start when they are used."""
    await run.network.start()
    await run.witnesses.start()
    if run.context.relay is not None:
        await run.witnesses.prove(run.context.relay)
    await run.alerts.start()


@asynccontextmanager
async def watch_run(
    plan: RunPlan,
    directory: Path,
    site: Site,
    processes: Processes,
    options: RunOptions,
) -> AsyncIterator[Run]:
    """Watch a run whose directory has been begun, and record how it ended."""
    rows: Callable[[], dict[str, int]] = dict
    status: Status = "broken"
    reason = "the harness stopped in the middle"
    phases = options.phases
    try:
        with ExitStack() as ending, Ledger(directory) as ledger:
            rows = ledger.rows
            # Left with the error: a browser that was there when the run broke is not lent again.
            async with AsyncExitStack() as exits:
                context = RunContext(
                    plan=plan,
                    directory=directory,
                    site=site,
                    processes=processes,
                    ledger=ledger,
                    exits=exits,
                    pool=options.pool,
                    phases=phases,
                    relay=next(iter(options.relays), None),
                    receivers=options.receivers,
                )
                run = _compose(context, options)
                try:
                    with phases.during("witnesses start"):
                        await _start(run)
                    async with (
                        run.deaths.guarded(run.quiescence.last_read),
                        run.network.guarded(),
                    ):
                        with phases.during("scenario"):
                            yield run
                    if ledger.failure:
                        raise ledger.failure
                finally:
                    with phases.during("browser evidence"):
                        await run.browsers.keep_evidence(directory)
                    ending.enter_context(phases.during("parts stop"))
        status, reason = "complete", ""
    except (asyncio.CancelledError, KeyboardInterrupt):
        status, reason = "interrupted", "interrupted"
        raise
    except Exception as error:
        reason = (
            error.line if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
        )
        raise
    finally:
        with contextlib.suppress(OSError):  # a full disk: the run stays without an end, unfinished
            end_run(directory, status=status, reason=reason, rows=rows())
