"""Another user signs in while a page is open, and the page notices."""

from __future__ import annotations

from harness.browsers.visitor import Tab
from harness.core.wait import wait_until
from harness.run.run import Run

SUBJECT_S = 10.0
"""How long a page may take to notice who is signed in."""


async def change_user(run: Run, tab: Tab, user: str) -> None:
    """Sign a user in, in place of the one before; return when the tab has noticed.

    A page looks when it comes to the front again: its browser must be able to hide a tab.
    """
    await run.visitors.sign_in(user)
    await tab.hide()
    await tab.front()
    await notices(tab, user)


async def notices(tab: Tab, user: str) -> None:
    """Wait until a page knows that this user is signed in. Raises WaitTimeout."""

    async def knows() -> bool:
        return bool(await tab.page.evaluate(tab.contract.owner) == user)

    await wait_until("the page knows who is signed in", knows, timeout_s=SUBJECT_S)
    tab.user = user
