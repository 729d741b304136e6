"""The visitors part of a run: people who sign in, open tabs, close them and lose them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harness.browsers.aftermath import bring_back, crash_and_reload, kill_with_tabs
from harness.browsers.base import Browser, BrowserFacts, Can, Closing
from harness.browsers.pool import BrowserPool
from harness.browsers.site_data import clear_site_data
from harness.browsers.visitor import Tab, load_at_once, open_tab
from harness.core.errors import HarnessError
from harness.ledger.kinds import CLIENT, NETWORK
from harness.ledger.kinds.client import SignedIn, SignedOut
from harness.ledger.kinds.network import BrowserUsed
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext
from harness.run.network import Network
from harness.run.page_proof import PageProof, check_stays
from harness.target.capabilities import Capability
from harness.target.page import PageContract
from harness.target.sign_in import sign_in


class Visitors:
    """The visitors of one browser; it is lent when first needed, for as long as the run lasts."""

    def __init__(
        self,
        context: RunContext,
        network: Network,
        registry: BrowserRegistry,
        pool: BrowserPool | None,
        proof: PageProof,
        *,
        browser: str,
    ) -> None:
        """``browser`` is the browser's name; ``pool`` lends it, None where none is needed.
        ``proof`` shows that the page records at all."""
        self._proof = proof
        self._context = context
        self._network = network
        self._registry = registry
        self._pool = pool
        self._name = browser
        self._browser: Browser | None = None
        self._signed_in: dict[str, str] = {}

    async def browser(self) -> Browser:
        """Return the browser. Raises HarnessError when the run has none or it does not start."""
        if self._browser is None:
            if self._pool is None:
                raise HarnessError("this run was given no browsers")
            device = self._context.plan.arm.get("device", "")
            lent = self._pool.lend(self._name, self._network.url, device=device)
            with self._context.phases.during("browser start"):
                self._browser = await self._context.exits.enter_async_context(lent)
            self._registry.add_browser(self._browser)
            self._registry.add_drivers(self._pool.processes)
            self.record_browser(self._browser.facts)
            if Can.TRACE in self._browser.can:
                await self._browser.start_trace()
        return self._browser

    def in_another_browser(self, name: str) -> Visitors:
        """Return visitors of another browser, with a profile of its own whatever its name."""
        parts = (self._context, self._network, self._registry, self._pool, self._proof)
        return Visitors(*parts, browser=name)

    def record_browser(self, facts: BrowserFacts) -> None:
        """Record which browser visits: one that is lent, or a device that came by itself."""
        network = self._context.ledger.witness(NETWORK)
        network.saw(BrowserUsed(**asdict(facts)))

    # --- who is signed in -----------------------------------------------------------------------

    async def sign_in(self, user: str = "") -> None:
        """Sign a user in (default: the run's visitor), in place of the one who was."""
        user = user or self._context.visitor
        url = self._network.url
        browser = await self.browser()
        site = self._context.site
        session = await sign_in(site.system.dialect, site.direct_url, user)
        if self._context.relay is not None:
            self._context.relay.knows(user, session)
        self._note_end_of_session()
        await browser.set_cookies(self._network.plain_url, session.cookies)
        self._signed_in[url] = user
        self._context.ledger.witness(CLIENT).saw(SignedIn(user=user, tab=None))

    async def forge_session(self, user: str, before: str) -> None:
        """Give the browser a session of ``user`` that the target never gave: each cookie ends as
        that of ``before`` does, so that no signature fits it and no table holds it.

        It takes the place of the session of who was signed in. Raises HarnessError where sessions
        are no cookies, or too short to differ in their end.
        """
        dialect, url = self._context.site.system.dialect, self._context.site.direct_url
        cookies = (await sign_in(dialect, url, user)).cookies
        others = (await sign_in(dialect, url, before)).cookies
        forged = {name: spliced(value, others.get(name, "")) for name, value in cookies.items()}
        if not forged or any(value == cookies[name] for name, value in forged.items()):
            raise HarnessError("this target's sessions are no cookies that could be forged")
        await self.sign_out()
        await (await self.browser()).set_cookies(self._network.plain_url, forged)

    async def sign_out(self) -> None:
        """Drop the session's cookie."""
        self._note_end_of_session()
        await (await self.browser()).set_cookies(self._network.plain_url, {})
        self._signed_in.pop(self._network.url, None)

    def _note_end_of_session(self) -> None:
        """Record that the user who is signed in, if any, is about to be no longer."""
        if before := self._signed_in.get(self._network.url):
            self._context.ledger.witness(CLIENT).saw(SignedOut(user=before, tab=None))

    async def clear_site_data(self) -> None:
        """Clear all that the browser holds for this origin, as its user can.

        The user who was signed in signs in again at once, as one has to. Needs a gateway.
        """
        user = self._signed_in.get(self._network.url)
        gateway = await self._network.gateway()
        network = self._context.ledger.witness(NETWORK)
        page = await clear_site_data(
            await self.browser(),
            self._network.url,
            gateway,
            network,
            plain_path=self._context.system.dialect.health_path,
        )
        await self.sign_out()
        if user:
            await self.sign_in(user)
        if page is not None:
            await page.close()

    # --- tabs -----------------------------------------------------------------------------------

    async def open_tab(
        self, user: str = "", *, behind: bool = False, by_script: bool = False, **options: str
    ) -> Tab:
        """Open the display page for a user (default: the run's visitor), who is signed in.

        ``behind``: it loads hidden; ``by_script``: it may close itself. ``options`` are the
        page's: preset, flushDelayMs, view=blank …
        """
        user = user or self._context.visitor
        browser = await self.browser()
        await self._proof.make(browser)
        if self._signed_in.get(self._network.url) != user:
            await self.sign_in(user)
        tab = await open_tab(
            browser,
            self._contract,
            self._network.url,
            user=user,
            ledger=self._context.ledger,
            shown=self._context.shown,
            options=self._page_options(options),
            behind=behind,
            by_script=by_script,
        )
        await self._check_stays(tab)
        return self._registry.add_tab(tab, browser)

    async def open_tabs_at_once(self, count: int, **options: str) -> list[Tab]:
        """Open ``count`` tabs of the run's visitor and load the display page in all at once."""
        browser = await self.browser()
        await self._proof.make(browser)
        await self.sign_in()
        tabs = await load_at_once(
            browser,
            count,
            self._contract,
            self._network.url,
            user=self._context.visitor,
            ledger=self._context.ledger,
            shown=self._context.shown,
            options=self._page_options(options),
        )
        for tab in tabs:
            await self._check_stays(tab)
        return [self._registry.add_tab(tab, browser) for tab in tabs]

    async def close_tab(self, tab: Tab, how: Closing = Closing.DEFAULT) -> None:
        """Close a tab as a person does."""
        await tab.close(how)
        self._registry.remove_tab(tab)

    def abandon_tab(self, tab: Tab) -> None:
        """Stop waiting for a tab that is on another page and will not come back."""
        self._registry.remove_tab(tab)

    async def return_visit(self, user: str = "", *, timeout_s: float) -> None:
        """Open a page that shows nothing, so that what waits on disk is sent; then close it.

        This is the one declared return of a visitor who left with a queue.
        """
        blank: dict[str, Any] = dict(self._contract.blank_options)
        tab = await self.open_tab(user, **blank)
        await tab.drained(timeout_s)
        tab.screenshot = None  # of nothing
        await self.close_tab(tab)

    # --- crashes --------------------------------------------------------------------------------

    async def crash_browser(self) -> None:
        """Kill the browser (SIGKILL) with all its tabs."""
        browser = await self.browser()
        tabs = self._registry.tabs_in(browser)
        await kill_with_tabs(browser, tabs, self._context.ledger)
        for tab in tabs:
            self._registry.remove_tab(tab)

    async def restart_after_crash(self, user: str = "") -> list[Tab]:
        """Start the killed browser again; return the tabs that it restored by itself."""
        browser = await self.browser()
        tabs = await bring_back(
            browser,
            self._contract,
            user=user or self._context.visitor,
            ledger=self._context.ledger,
            shown=self._context.shown,
            sign_in=self.sign_in,
        )
        return [self._registry.add_tab(tab, browser) for tab in tabs]

    async def crash_page(self, tab: Tab) -> Tab:
        """Crash the browser's only tab and load it again; return the tab that it is then."""
        browser = await self.browser()
        self._registry.remove_tab(tab)
        again = await crash_and_reload(browser, tab, self._context.ledger)
        return self._registry.add_tab(again, browser)

    def _page_options(self, options: dict[str, str]) -> dict[str, str]:
        """Return the page's own options, and a scenario's where the page takes any."""
        plan, contract = self._context.plan, self._contract
        common = contract.options(seed=plan.seed, preset=plan.arm.get("preset", ""))
        if Capability.PAGE_OPTIONS not in self._context.site.capabilities:
            options = {name: options[name] for name in contract.blank_options if name in options}
        return {**common, **options}

    async def _check_stays(self, tab: Tab) -> None:
        """Raise HarnessError where a page that is not known has left the network under test."""
        if self._contract.must_prove_itself:
            await check_stays(tab.page, self._contract, self._network.url)

    @property
    def _contract(self) -> PageContract:
        return self._context.system.page


def spliced(session: str, other: str) -> str:
    """Return a session whose last third is that of another one."""
    end = len(session) // 3
    return session[: len(session) - end] + other[len(other) - end :] if end else session
