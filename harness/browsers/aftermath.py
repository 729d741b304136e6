"""A browser is killed with all its tabs, and brings them back by itself."""

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
    """SIGKILL the browser; each tab's death is written down."""
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
    """Start the browser again; return the tabs that it restored, each put in front once.

    A cookie that the browser had not yet written down is gone; then its person signs in again, as
    one has to, and the pages notice when they come to the front. A browser writes its session down
    every few seconds only: a tab that it remembers on another page than the display is closed.
    """
    pages = await _restoring(browser).restart()
    ledger.witness(NETWORK).saw(BrowserRestored(tabs=len(pages)))
    tabs = []
    for page in pages:
        if await page.evaluate(contract.is_here):
            tabs.append(await adopt_page(page, contract, user=user, ledger=ledger, shown=shown))
        else:
            await page.close()
    if tabs and contract.is_signed_in and not await tabs[0].page.evaluate(contract.is_signed_in):
        await sign_in(user)
    for tab in tabs:
        await tab.hide()
        await tab.front()
    return tabs


async def crash_and_reload(browser: Browser, tab: Tab, ledger: Ledger) -> Tab:
    """Let the process of a tab's page die, and load the page again as its person would."""
    if not isinstance(browser, CrashesPages):
        raise HarnessError(f"{browser.facts.product} cannot let one page crash")
    ledger.witness(NETWORK).saw(PageCrashed())
    return await tab.crashed(browser.crash_page)


def _restoring(browser: Browser) -> Restores:
    if not isinstance(browser, Restores):
        raise HarnessError(f"{browser.facts.product} brings no tabs back after a crash")
    return browser
