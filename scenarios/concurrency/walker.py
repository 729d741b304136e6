"""Does what a walk's steps say, in a real browser, and lets everybody come back at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from harness.browsers.base import Can
from harness.browsers.catalogue import entry_of
from harness.browsers.visitor import Tab
from harness.core.clock import pause
from harness.core.errors import UsageError
from harness.ledger.json_files import Record, read_versioned, write_record
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import CheckSpec
from harness.run.run import Run
from scenarios.catalogue.cells import cell_of
from scenarios.catalogue.declare import check, load_all
from scenarios.catalogue.request import Machine
from scenarios.common.delivery import EXACTLY_ONCE, EXACTLY_ONCE_BUT_SOME
from scenarios.common.sign_in import notices
from scenarios.common.visit import DRAIN_S, RETURN_S
from scenarios.concurrency.walk import POOL, USERS, Step, Walk, draw, runnable
from scenarios.concurrency.walk_faults import WalkFaults

SCENARIO = "random_walk"
FORMAT = 1
"""The format of walk.json and smallest.json."""

WALK_FILE = "walk.json"
PATIENCE_MS = 1000
"""A page that flushes within so long is given time to; another is closed with what it holds."""


def checks_of(views: int, *, refuses: bool = False) -> Sequence[CheckSpec]:
    """Return the checks of walks that show ``views`` views in all.

    ``refuses``: the gateway refuses some for good, which are rightly dropped.
    """
    refused = (*EXACTLY_ONCE_BUT_SOME, check("refused_were_dropped"))
    delivered = refused if refuses else EXACTLY_ONCE
    return (check("views_as_planned", views=views), *delivered, check("drained_in_time"))


def walk_cell(
    walk: Walk, browser: str, number: int, machine: Machine, *, defect: str = ""
) -> PlannedCell:
    """Return the cell of the nth try of one walk of the scenario ``random_walk``.

    ``defect`` is the id of a defect to walk it with, or ``ID.twin``.
    """
    arm = {"browser": browser, "preset": "durable", "walk": str(walk.number)}
    arm |= {"steps": str(len(walk.steps)), "try": f"{number:03d}"}
    arm |= {"defect": defect} if defect else {}
    refuses = any(step.how == "400" for step in walk.steps)
    scenario, checks = load_all()[SCENARIO], checks_of(walk.views, refuses=refuses)
    return cell_of(scenario, arm, walk.seed, checks=checks, machine=machine)


class WalkFile(Record, frozen=True, kw_only=True):
    """Walks as a file holds them."""

    format: int = FORMAT
    walks: tuple[Walk, ...]


def write_walks(path: Path, walks: Sequence[Walk]) -> None:
    """Write the walks into a file from which they can be walked again."""
    write_record(path, WalkFile(walks=tuple(walks)))


def read_walks(path: Path) -> tuple[Walk, ...]:
    """Read the walks of such a file. Raises LedgerUnreadable that names the field."""
    found: WalkFile = read_versioned(path, {FORMAT: WalkFile})
    return found.walks


def walk_of(browser: str, *, seed: int, number: int | None, length: int, file: Path | None) -> Walk:
    """Return a walk that the browser can walk: one of the file's, else one drawn from the seed.

    Raises UsageError for an unknown browser, and when the number does not name one of the file's;
    LedgerUnreadable when the file cannot be read.
    """
    can = entry_of(browser).can
    if file is None:
        walk = draw(seed, number or 0, can, steps=length)
    else:
        walks = read_walks(file)
        named = [walk for walk in walks if number in (None, walk.number)]
        if len(named) != 1:
            numbers = ", ".join(str(walk.number) for walk in walks) or "none"
            raise UsageError("name one of the file's walks", hint=f"--walk takes {numbers}")
        walk = named[0]
    return replace(walk, steps=tuple(runnable(walk.steps, can)))


async def walk_all(run: Run, walks: Sequence[Walk]) -> None:
    """Walk one walk after the other, each with users of its own, and settle."""
    for walk in walks:
        await _Walker(run, walk).walk()
    await run.settle()


class _Walker:
    """One walk in one run."""

    def __init__(self, run: Run, walk: Walk) -> None:
        self._run = run
        self._walk = walk
        names = run.context.two_users(walk.stem, first=walk.number)
        self._names = dict(zip(USERS, names, strict=True))
        ids = [run.context.artwork_id(number + 1) for number in range(POOL)]
        self._artworks = run.context.neighbourly(ids, first=walk.number)
        self._user = self._names[USERS[0]]
        self._tabs: dict[int, Tab] = {}
        self._viewers: dict[str, None] = {}
        self._cut = contextlib.AsyncExitStack()
        self._is_offline = False
        self._faults: WalkFaults | None = None

    async def walk(self) -> None:
        """Take every step, then close what is open; each user comes back once."""
        if any(step.name == "fault" for step in self._walk.steps):
            self._faults = WalkFaults(await self._run.network.gateway())
        await self._run.visitors.sign_in(self._user)
        async with self._cut:
            for step in self._walk.steps:
                await pause(step.wait_ms / 1000)
                await self._take(step)
            await self._go_online()
        if self._faults:
            await self._faults.heal()
        await self._leave()

    async def _take(self, step: Step) -> None:
        if step.name == "open":
            self._tabs[_number(step)] = await self._open()
        elif step.name == "offline":
            await self._go_offline()
        elif step.name == "online":
            await self._go_online()
        elif step.name == "crash":
            await self._crash()
        elif step.name == "fault" and self._faults:
            await self._faults.hold(step)
        else:
            await self._take_in(self._tabs[_number(step)], step)

    async def _open(self) -> Tab:
        options: dict[str, Any] = dict(self._walk.options)
        return await self._run.visitors.open_tab(self._user, **options)

    async def _take_in(self, tab: Tab, step: Step) -> None:
        if step.name == "view":
            if not await self._knows(tab):
                await self._front(tab)
            self._viewers[tab.user] = None
            await tab.look_at(*map(self._artwork, step.artworks))
        elif step.name == "switch":
            await self._front(tab)
        elif step.name == "hide":
            await tab.hide()
        elif step.name == "close":
            del self._tabs[_number(step)]
            await self._run.visitors.close_tab(tab)
        elif step.name == "reload":
            await tab.reload()
            await notices(tab, self._user)
        elif step.name == "kill":
            self._tabs[_number(step)] = await self._run.visitors.crash_page(tab)
            await notices(self._tabs[_number(step)], self._user)
        elif step.name == "leave":
            await tab.leave_for(self._run.network.plain_url)
        elif step.name == "back":
            await tab.back()
            await notices(tab, self._user)
        elif step.name == "forward":
            await tab.forward()
        elif step.name == "sign_in":
            self._user = self._names[step.user]
            await self._run.visitors.sign_in(self._user)
            await self._front(tab)

    def _artwork(self, number: int) -> str:
        """Return the id of one of the walk's artworks; a simulated walk may have more of them."""
        if number < len(self._artworks) and not self._walk.pool:
            return self._artworks[number]
        return self._walk.artwork(self._run.context.artwork_id(number + 1))

    async def _front(self, tab: Tab) -> None:
        """Put a tab in front; one that does not know who is signed in looks when it comes there.

        The page is asked, whatever the tab was last: one behind that is answered 409 looks too, and
        may have met the user who was signed in between.
        """
        knows = await self._knows(tab)
        if not knows or tab.user != self._user:
            await tab.hide()
        await tab.front()
        if self._is_offline and not knows:
            tab.user = await tab.page.evaluate(tab.contract.owner)  # it cannot find out
        else:
            await notices(tab, self._user)

    async def _knows(self, tab: Tab) -> bool:
        return bool(await tab.page.evaluate(tab.contract.owner) == self._user)

    async def _go_offline(self) -> None:
        """Cut the line, and take the browser offline where its driver can."""
        await self._cut.enter_async_context(self._run.network.cut())
        self._is_offline = True
        browser = await self._run.visitors.browser()
        if Can.OFFLINE in browser.can:
            await browser.set_offline(True)

    async def _go_online(self) -> None:
        await self._cut.aclose()
        self._is_offline = False
        browser = await self._run.visitors.browser()
        if Can.OFFLINE in browser.can:
            await browser.set_offline(False)

    async def _crash(self) -> None:
        """Kill the browser; what it brings back takes the tabs' places.

        The newest tabs may not be in its session yet, and one that was just closed may be there
        still: who misses a tab opens it, and who has one too many closes it.
        """
        await self._run.visitors.crash_browser()
        await self._cut.aclose()
        self._is_offline = False
        back = await self._run.visitors.restart_after_crash(self._user)
        await self._run.visitors.sign_in(self._user)
        for number in list(self._tabs):
            if back:
                self._tabs[number] = back.pop(0)
                await self._tabs[number].hide()
                await self._front(self._tabs[number])
                await notices(self._tabs[number], self._user)
            else:
                self._tabs[number] = await self._open()
        for tab in back:
            await self._run.visitors.close_tab(tab)

    async def _leave(self) -> None:
        """Close every tab, and let each user who saw something come back once."""
        patient = int(self._walk.options.get("flushDelayMs", "0")) <= PATIENCE_MS
        for tab in self._tabs.values():
            if patient and await tab.page.evaluate(tab.contract.is_up):
                await tab.drained(DRAIN_S)
            await self._run.visitors.close_tab(tab)
        for user in self._viewers:
            await self._run.visitors.return_visit(user, timeout_s=RETURN_S)


def _number(step: Step) -> int:
    assert step.tab is not None, step
    return step.tab
