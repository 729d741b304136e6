"""Kill a browser with its tabs, restore them, or crash a single page; all of it is recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from harness.browsers.base import Browser, CrashesPages, Restores
from harness.browsers.visitor import Tab, adopt_page
from harness.core.errors import HarnessError
from harness.ledger.files import Ledger
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import BrowserKilled, BrowserRestored, PageCrashed
from harness.target.page import PageContract


async def kill_with_tabs(browser: Browser, tabs: Sequence[Tab], ledger: Ledger) -> None:
    """SIGKILL the browser; record the death of each tab."""
    ledger.witness(NETWORK).saw(BrowserKilled(tabs=len(tabs)))
    await _restoring(browser).crash()
    for tab in tabs:
        tab.was_killed()


async def bring_back(
    browser: Browser,
    contract: PageContract,
    *,
    user: str,
    ledger: Ledger,
    shown: set[tuple[str, str]],
    sign_in: Callable[[str], Awaitable[None]],
) -> list[Tab]:
    """Restart the browser; return the tabs that it restored, each put in front once.

    If the session cookie was not yet on disk it is lost; then the user signs in again, which the
    pages notice when they come to the front. Where no tab came back there is none that could be
    asked, and what the browser forgot of its tabs it forgot of the session too: the user signs in.
    A browser saves its session every few seconds only: a tab that is restored on another page than
    the display is closed.
    """
    pages = await _restoring(browser).restart()
    ledger.witness(NETWORK).saw(BrowserRestored(tabs=len(pages)))
    tabs = []
    for page in pages:
        if await page.evaluate(contract.is_here):
            tabs.append(await adopt_page(page, contract, user=user, ledger=ledger, shown=shown))
        else:
            await page.close()
    if not tabs or (
        contract.is_signed_in and not await tabs[0].page.evaluate(contract.is_signed_in)
    ):
        await sign_in(user)
    for tab in tabs:
        await tab.hide()
        await tab.front()
    return tabs


async def crash_and_reload(browser: Browser, tab: Tab, ledger: Ledger) -> Tab:
    """Crash the renderer of a tab's page and reload the page as a user would; return the new tab.

    Raises HarnessError when the browser cannot.
    """
    if not isinstance(browser, CrashesPages):
        raise HarnessError(f"Unsupported: {browser.facts.product} cannot crash a single page")
    ledger.witness(NETWORK).saw(PageCrashed())
    return await tab.crashed(browser.crash_page)


def _restoring(browser: Browser) -> Restores:
    if not isinstance(browser, Restores):
        raise HarnessError(
            f"Unsupported: {browser.facts.product} cannot restore tabs after a crash"
        )
    return browser
