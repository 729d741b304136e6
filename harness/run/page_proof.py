"""The proof of a page: before its first tab a view of an idle page must be stored, in the end.

A recorder that ignores automated browsers, or a view that is none to it, would else look like a
system that loses everything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import urljoin

from harness.browsers.base import Browser, Page
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.run.context import RunContext
from harness.run.network import Network
from harness.target.described.dialect import DescribedDialect
from harness.target.dialect import HttpRequest, Session, origin_of
from harness.target.http import client_of, send
from harness.target.page import PageContract
from harness.target.sign_in import sign_in
from harness.target.system import System, system_for_run
from harness.target.target import Site
from harness.witnesses.truth.witness import GRACE_S, StoredWitness, TruthWitness

UP_S = 15.0
LOOK_EVERY_S = 0.25
REDIRECTS_MAX = 10
"""More of them within the origin are the browser's affair: it has cookies that they may set."""
WHILE_OPEN, WHEN_LEFT = "while the page was open", "after the page was left"
NOT_STORED = "records nothing: a view of it was not stored, neither while it was open nor after"
HINT = (
    "Does its recorder ignore automated browsers (navigator.webdriver) or this host? Is what is "
    "seen on the screen for long enough (dwell_ms)?"
)


class PageProof:
    """The proof of one run's page, made once."""

    def __init__(self, context: RunContext, network: Network, database: StoredWitness) -> None:
        self._context = context
        self._network = network
        self._database = database
        self._is_made = False

    async def make(self, browser: Browser) -> None:
        """Look at an artwork of no visitor and wait until it is stored.

        Does nothing for a page that is known to record, and the second time. Raises HarnessError
        when it is not stored.
        """
        system, database = self._context.system, self._database
        if self._is_made or not system.page.must_prove_itself:
            return
        self._is_made = True
        if not isinstance(database, TruthWitness):
            return
        # Ids of another mark: they are none of this run's.
        other = system_for_run(system.name.partition("#")[0], self._context.plan.seed)
        assert isinstance(other.dialect, DescribedDialect)
        ids, view = other.dialect.ids, (self._context.visitor, other.dialect.artwork_id(1))
        within_s = self._context.site.settle_s + GRACE_S

        async def is_stored() -> bool:
            return await database.shows(ids, view)

        with self._context.phases.during("page proof"):
            site = self._context.site
            is_direct = self._network.reaches_target_directly
            # At an origin of its own, past every fault; only behind a link there is no other.
            origin = site.direct_url if is_direct else self._network.url
            page = await looked_at(browser, other, site, origin, *view)
            left_for = f"{origin}{other.dialect.health_path}"
            try:
                seen = await when_stored(page, is_stored, within_s=within_s, left_for=left_for)
            finally:
                await page.close()
            if not seen:
                raise HarnessError(f"[page] {system.page.path} {NOT_STORED}", hint=HINT)


async def looked_at(
    browser: Browser, system: System, site: Site, origin: str, user: str, artwork: str
) -> Page:
    """Open a system's page at an origin for a user who is signed in, look at an artwork, and return
    the tab. Raises HarnessError, too where the page leads to another origin."""
    session = await sign_in(system.dialect, site.direct_url, user)
    await _check_redirects(system, site.direct_url, user, session)
    await browser.set_cookies(f"{origin}{system.dialect.health_path}", session.cookies)
    page = await browser.open_page(_ignore)
    await page.go(system.page.url(origin, {}, user))

    async def is_up() -> bool:
        return bool(await page.evaluate(system.page.is_up))

    try:
        await wait_until(f"[page] {system.page.path} is up", is_up, timeout_s=UP_S)
    finally:  # a page that has left is why it is not up
        await check_stays(page, system.page, origin)
    await page.front()
    await page.evaluate(system.page.show, [artwork])
    return page


async def when_stored(
    page: Page, is_stored: Callable[[], Awaitable[bool]], *, within_s: float, left_for: str
) -> str:
    """Wait until a view of an idle page is stored; return when it was, empty for never.

    A recorder may send as its page is left and not before: after ``within_s`` the tab goes to
    ``left_for``, and as long is waited again.
    """
    for when in (WHILE_OPEN, WHEN_LEFT):
        if when == WHEN_LEFT:
            await page.go(left_for)
        with contextlib.suppress(WaitTimeout):
            await wait_until(
                "a view of an idle page is stored",
                is_stored,
                timeout_s=within_s,
                interval_s=LOOK_EVERY_S,
            )
            return when
    return ""


async def check_stays(page: Page, contract: PageContract, origin: str) -> None:
    """Raise HarnessError where a tab that was led to an origin is at another one now."""
    if there := str(await page.evaluate(contract.strayed_from(origin))):
        raise _leads_away(contract, there)


async def _check_redirects(system: System, url: str, user: str, session: Session) -> None:
    """Ask for a system's page and follow its redirects within its origin; raise HarnessError for
    one to another: a browser would go there, past every fault and maybe to another machine."""
    asked, cookie = system.page.url(url, {}, user), session.headers.get("Cookie")
    headers = {"Cookie": cookie} if cookie else {}
    async with client_of(system.dialect) as client:
        for _ in range(REDIRECTS_MAX):
            path = asked.removeprefix(url)
            reply = await send(client, url, HttpRequest(method="GET", path=path, headers=headers))
            there = reply.leads_to(asked)
            if not there:
                return
            if there != origin_of(url):
                raise _leads_away(system.page, there)
            asked = urljoin(asked, reply.header("Location") or "")


def _leads_away(contract: PageContract, there: str) -> HarnessError:
    return HarnessError(
        f"[page] {contract.path} leads to {there}, which is not base_url: no view is made there",
        hint="Write in base_url where the page is, with the name by which it links to itself",
    )


def _ignore(text: str) -> None:
    """Ignore an event of the page's recorder: it belongs to no visit."""
