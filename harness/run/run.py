"""One run, top to bottom: begin, watch, let the scenario act, settle, end.

    async with watch_run(plan, directory, site, processes, options) as run:
        tab = await run.open_tab()
        await tab.look_at(run.artworks(1)[0])
        await run.settle()

Inside the block everything measures and nothing judges. Whatever happens, the witnesses' files
are closed and ``end.json`` says how the run ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.browsers.aftermath import bring_back, crash_and_reload, kill_with_tabs
from harness.browsers.base import Browser, BrowserFacts, Can, Closing
from harness.browsers.catalogue import is_remote
from harness.browsers.evidence import MOST_SCREENSHOTS, keep_evidence
from harness.browsers.pool import BrowserPool
from harness.browsers.site_data import erase_site
from harness.browsers.visitor import Tab, load_at_once, open_tab
from harness.core.clock import seeded_random
from harness.core.errors import HarnessError, WaitTimeout
from harness.faults.line.guard import guarded
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.ledger.files import Ledger
from harness.ledger.rundir import RunPlan, end_run
from harness.load.drive import Drive, drive
from harness.load.schedule.workload import Workload
from harness.process.processes import Processes
from harness.run.network import Ways
from harness.run.quiescence import Rest
from harness.target.sign_in import sign_in
from harness.target.target import Site
from harness.witnesses.activity import ActivityWitness
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.machine import MachineWitness

SETTLE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run, apart from what: where browsers come from, the number of artworks in the pool
    (ids artwork-0001 …), the link behind which the browsers live, if they do, and the address of
    this machine that browsers elsewhere visit."""

    browsers: BrowserPool | None = None
    pool: int = 200
    link: PacketLink | None = None
    bind: str = ""


class Run(Ways):
    """What a scenario acts through. Made by ``watch_run``."""

    def __init__(
        self,
        plan: RunPlan,
        directory: Path,
        site: Site,
        processes: Processes,
        options: RunOptions,
        ledger: Ledger,
    ) -> None:
        bind = options.bind if is_remote(plan.arm.get("browser", "chromium")) else ""
        super().__init__(plan, site, ledger, bind=bind)
        self.directory = directory
        self._processes = processes
        self._options = options
        self._browsers: dict[str, Browser] = {}
        self._second = ""
        self._signed_in: dict[tuple[str, str], str] = {}
        self._tabs: list[Tab] = []
        self._pictures: list[bytes] = []
        self._shown: set[tuple[str, str]] = set()
        self.database = DatabaseWitness(site.dsn, site.table, ledger.witness("database"))
        self._rest = Rest(site.direct_url, self.database)
        self._machine = MachineWitness(self._watched, ledger.witness("machine"))
        self._activity = ActivityWitness(
            site.dsn, site.table, site.direct_url, ledger.witness("activity")
        )

    # --- what a scenario says -------------------------------------------------------------------

    def artworks(self, count: int) -> list[str]:
        """Return ids of artworks of the pool, in an order drawn from the seed."""
        pool = [f"artwork-{n:04d}" for n in range(1, self._options.pool + 1)]
        return seeded_random(self.plan.seed, "artworks").sample(pool, count)

    @property
    def visitor(self) -> str:
        """Return the user who visits when no other is named."""
        return f"visitor-{self.plan.seed}"

    async def browser(self) -> Browser:
        """Return this run's browser, which the arm names; lent for as long as the run lasts."""
        name = self._second or self.plan.arm.get("browser", "chromium")
        if self._second not in self._browsers:
            if self._options.browsers is None:
                raise HarnessError("this run was given no browsers")
            device = self.plan.arm.get("device", "")
            lent = self._options.browsers.lend(name, self.url, device=device)
            self._browsers[self._second] = browser = await self._exits.enter_async_context(lent)
            self.visited_by(browser.facts)
            if Can.TRACE in browser.can:
                await browser.start_trace()
        return self._browsers[self._second]

    @contextlib.contextmanager
    def in_second_browser(self, name: str) -> Iterator[None]:
        """Let everything in the block happen in another browser, with a profile of its own.

        It stays for as long as the run does; ``name`` may be the first one's.
        """
        before, self._second = self._second, name
        try:
            yield
        finally:
            self._second = before

    def visited_by(self, facts: BrowserFacts) -> None:
        """Write down who visits: a browser that is lent, or a device that came by itself."""
        self._network.saw(kind="browser", detail=json.dumps(asdict(facts)))

    def took_for_shown(self, user: str, artworks: Iterable[str]) -> None:
        """Take note of what a device was heard to show: ``settle`` waits for its rows."""
        self._shown |= {(user, artwork) for artwork in artworks}

    async def holds_shown(self) -> bool:
        """Return whether everything that was shown so far is stored now."""
        return await self.database.holds(self._shown)

    async def sign_in(self, user: str = "") -> None:
        """Sign somebody in (default: this run's visitor), whoever was signed in before."""
        user = user or self.visitor
        browser = await self.browser()
        await browser.set_cookies(self.url, await sign_in(self.site.direct_url, user))
        self._signed_in[self._second, self.url] = user

    async def sign_out(self) -> None:
        """Drop the session's cookie."""
        await (await self.browser()).set_cookies(self.url, {})
        self._signed_in.pop((self._second, self.url), None)

    async def erase_site_data(self) -> None:
        """Clear all that the browser holds for this origin, as its user can.

        Who was signed in signs in again at once, as one has to. Needs a gateway.
        """
        user = self._signed_in.get((self._second, self.url))
        gateway = await self.gateway()
        page = await erase_site(await self.browser(), self.url, gateway, self._network)
        await self.sign_out()
        if user:
            await self.sign_in(user)
        if page is not None:
            await page.close()

    async def open_tab(
        self, user: str = "", *, behind: bool = False, by_script: bool = False, **options: str
    ) -> Tab:
        """Open the display page for a user (default: this run's visitor), who is signed in.

        ``behind``: it loads hidden; ``by_script``: it may close itself. ``options`` are the
        page's: preset, flushDelayMs, view=blank …
        """
        user = user or self.visitor
        if self._signed_in.get((self._second, self.url)) != user:
            await self.sign_in(user)
        tab = await open_tab(
            await self.browser(),
            self.url,
            user=user,
            ledger=self.ledger,
            options=self._page_options(options),
            shown=self._shown,
            behind=behind,
            by_script=by_script,
        )
        return self._took(tab)

    async def close_tab(self, tab: Tab, how: Closing = Closing.DEFAULT) -> None:
        """Close a tab as a person does."""
        await tab.close(how)
        self._forget_tab(tab)

    async def crash(self) -> None:
        """SIGKILL the browser with all its tabs."""
        died = [tab for tab in self._tabs if tab.browser == self._second]
        await kill_with_tabs(await self.browser(), died, self.ledger)
        self._tabs = [tab for tab in self._tabs if tab not in died]

    async def crash_page(self, tab: Tab) -> Tab:
        """Let the only tab of the browser crash, and load it again; return it as it is then."""
        self._tabs.remove(tab)
        return self._took(await crash_and_reload(await self.browser(), tab, self.ledger))

    async def come_back(self, user: str = "") -> list[Tab]:
        """Start the killed browser again; return the tabs that it brought back by itself."""
        tabs = await bring_back(
            await self.browser(),
            user=user or self.visitor,
            ledger=self.ledger,
            shown=self._shown,
            sign_in=self.sign_in,
        )
        return [self._took(tab) for tab in tabs]

    async def open_tabs_at_once(self, count: int, **options: str) -> list[Tab]:
        """Open so many tabs of this run's visitor and load the display page in all at once."""
        await self.sign_in()
        tabs = await load_at_once(
            await self.browser(),
            count,
            self.url,
            user=self.visitor,
            ledger=self.ledger,
            options=self._page_options(options),
            shown=self._shown,
        )
        return [self._took(tab) for tab in tabs]

    def _took(self, tab: Tab) -> Tab:
        tab.browser = self._second
        self._tabs.append(tab)
        return tab

    def _forget_tab(self, tab: Tab) -> None:
        self._tabs.remove(tab)
        if tab.picture:
            self._pictures.append(tab.picture)

    def _has_visitors(self) -> bool:
        return bool(self._tabs)

    def gave_up(self, tab: Tab) -> None:
        """Say that a tab is on another page and will not come back: it holds no queue."""
        self._forget_tab(tab)

    async def return_visit(self, user: str, *, timeout_s: float) -> None:
        """Open a page that shows nothing, so that what waits on disk is sent; then close it.

        This is the one declared return of a visitor who left with a queue.
        """
        tab = await self.open_tab(user, view="blank")
        await tab.drained(timeout_s)
        tab.picture = None  # of nothing
        await self.close_tab(tab)

    async def load(self, workload: Workload) -> None:
        """Send a workload from load generators until it is done.

        Straight to the server, or over the line that the arm names.
        """
        on_line = "line" in self.plan.arm
        processes = self._processes
        if on_line and isinstance(self._path, PacketPath):
            processes = processes.inside(self._path.link.argv)
        where = Drive(
            processes=processes,
            directory=self.directory,
            ledger=self.ledger,
            direct_url=self.site.direct_url,
            host=self.url if on_line else self.site.direct_url,
            server_processes=self.site.processes,
        )
        self._shown |= await drive(where, workload, self.plan.seed, self.plan.arm)

    async def settle(self, *, timeout_s: float = SETTLE_TIMEOUT_S) -> None:
        """Wait for quiescence, then make the final read.

        Quiescence: every living tab's queue and in-flight are empty, the server has nothing in
        flight, no statement is active in the database, and two reads one gap apart are equal. While
        something that was shown has no row yet, it must have stayed so for ``rest.LOSS_GRACE_S``: a
        beacon that a stalled machine still holds is nobody's loss. If it is not reached within
        ``timeout_s`` the final read is made all the same and the ledger says that it was not quiet;
        what is queued then is ``undelivered``. Raises HarnessError when the path of the visitors
        died meanwhile: what is missing then is nobody's loss.
        """
        if self._path is not None:
            await self._path.check()
        reason = ""
        try:
            async with asyncio.timeout(timeout_s):
                for tab in self._tabs:
                    await tab.drained(timeout_s)
                await self._rest.reached(self._shown, timeout_s)
        except (TimeoutError, WaitTimeout) as error:
            reason = str(error) or f"not quiet within {timeout_s:g} s"
        for tab in self._tabs:
            reason = reason or ("a page still has a queue" if await tab.pending() else "")
        rows = await self.database.final()
        if self.site.database_log is not None:
            await self.database.violate()
            await self.database.violations(self.site.database_log)
        kind = "unquiet" if reason else "quiescence"
        self._network.saw(kind=kind, value=float(rows), detail=reason or "two equal reads")

    def _page_options(self, options: dict[str, str]) -> dict[str, str]:
        wishes = {"logSeed": str(self.plan.seed), "seed": str(self.plan.seed), **options}
        if "preset" in self.plan.arm:
            wishes["preset"] = self.plan.arm["preset"]
        return wishes

    # --- how it is watched ----------------------------------------------------------------------

    def _watched(self) -> dict[str, int]:
        watched = dict(self.site.processes)
        for browser in self._browsers.values():
            watched |= browser.processes
        return watched

    async def _watch(self) -> None:
        await self._put_up_path(self._options.link)
        await self.database.start()
        if self.site.database_log is not None:
            await self.database.violate()
        self._exits.push_async_callback(self.database.stop)
        self._machine.start()
        self._exits.callback(self._machine.stop)
        self._activity.start()
        self._exits.callback(self._activity.stop)

    async def _stop_watching(self, error: BaseException | None = None) -> None:
        for browser in self._browsers.values():
            pages = [tab.page for tab in self._tabs]
            await keep_evidence(self.directory, browser, pages, self._pictures[:MOST_SCREENSHOTS])
        # With the error: a browser that was there when the run broke is not lent again.
        await self._exits.__aexit__(type(error) if error else None, error, None)


@asynccontextmanager
async def watch_run(
    plan: RunPlan,
    directory: Path,
    site: Site,
    processes: Processes,
    options: RunOptions,
) -> AsyncIterator[Run]:
    """Watch a run whose directory has been begun, and write down how it ended."""
    rows: Callable[[], dict[str, int]] = dict
    status, reason = "broken", "the harness stopped in the middle"
    try:
        with Ledger(directory) as ledger:
            rows = ledger.rows
            run = Run(plan, directory, site, processes, options, ledger)
            try:
                await run._watch()
                async with guarded(run._path):
                    yield run
                if ledger.failure:
                    raise ledger.failure
            except BaseException as error:
                await run._stop_watching(error)
                raise
            await run._stop_watching()
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
