"""The proof of a page: before its first tab a view of an idle page must be stored.

A recorder that ignores automated browsers, or a view that is none to it, would else look like a
system that loses everything.
"""

from __future__ import annotations

from harness.browsers.base import Browser, Page
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.run.context import RunContext
from harness.run.network import Network
from harness.target.described.dialect import DescribedDialect
from harness.target.sign_in import sign_in
from harness.target.system import System, system_for_run
from harness.target.target import Site
from harness.witnesses.truth.witness import GRACE_S, StoredWitness, TruthWitness

UP_S = 15.0
LOOK_EVERY_S = 0.25
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
            try:
                await wait_until(
                    "a view of an idle page is stored",
                    is_stored,
                    timeout_s=within_s,
                    interval_s=LOOK_EVERY_S,
                )
            except WaitTimeout as error:
                raise HarnessError(
                    f"[page] {system.page.path} records nothing: a view of an idle page is not "
                    f"stored after {within_s:g} s",
                    hint=HINT,
                ) from error
            finally:
                await page.close()


async def looked_at(
    browser: Browser, system: System, site: Site, origin: str, user: str, artwork: str
) -> Page:
    """Open a system's page at an origin for a user who is signed in, look at an artwork, and return
    the tab. Raises HarnessError."""
    session = await sign_in(system.dialect, site.direct_url, user)
    await browser.set_cookies(f"{origin}{system.dialect.health_path}", session.cookies)
    page = await browser.open_page(_ignore)
    await page.go(system.page.url(origin, {}, user))

    async def is_up() -> bool:
        return bool(await page.evaluate(system.page.is_up))

    await wait_until(f"[page] {system.page.path} is up", is_up, timeout_s=UP_S)
    await page.front()
    await page.evaluate(system.page.show, [artwork])
    return page


def _ignore(text: str) -> None:
    """Ignore an event of the page's recorder: it belongs to no visit."""
