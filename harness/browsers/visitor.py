"""A visitor: one signed-in person in one browser tab, and what the harness hears of them.

The viewer's rows are written here, outside the path under test: ``view_intent`` before the page is
asked to show an artwork, ``view_shown`` after it did. The recorder's events arrive over the page's
binding (``harness.target.page``), which no network fault can silence.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from harness.browsers.base import Browser, Closing, Page, RestoredPage
from harness.browsers.evidence import picture_of
from harness.browsers.recorder_events import event_row, queue_rows
from harness.core.errors import TargetNotReady, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import Ledger
from harness.ledger.kinds import ACTIVITY, CLIENT, VIEWER
from harness.ledger.kinds.activity import PageFigure
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import (
    ClientRow,
    Drained,
    PageAnswer,
    RecorderEvent,
    RecorderLeftOut,
    TabClosed,
    TabClosing,
    TabKilled,
    TabLeaving,
    TabOpened,
    Undrained,
)
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent, ViewShown
from harness.target.page import PageContract

OPEN_TIMEOUT_S = 15.0


class Tab:
    """One tab of one user, on the display page unless it was led elsewhere.

    ``tab`` is the recorder's id of the page that is loaded; it changes with every load.
    """

    page: Page

    def __init__(
        self, user: str, contract: PageContract, ledger: Ledger, shown: set[tuple[str, str]]
    ) -> None:
        self.user = user
        self.contract = contract
        self.tab = ""
        self._visibility = ""
        self.picture: bytes | None = None
        """What was to be seen when its queue was first empty: the last moment at which a look
        disturbs no case, for many close it next."""
        self._shown = shown
        self._ledger = ledger
        self._heard: Counter[type[ClientRow]] = Counter()
        self._texts: set[int] = set()
        self._was_cached = False
        self._viewer = ledger.witness(VIEWER)
        self._client = ledger.witness(CLIENT)
        self._activity = ledger.witness(ACTIVITY)

    # --- what a person does ---------------------------------------------------------------------

    async def look_at(self, *artworks: str) -> None:
        """Show one artwork, or several at once; returns when they are on the screen, journaled."""
        self._saw(ViewIntent, artworks)
        await self.page.evaluate(self.contract.show, list(artworks))
        self._saw(ViewShown, artworks)
        self._shown |= {(self.user, artwork) for artwork in artworks}
        await self._catch_up()

    async def look_without_recorder(
        self, artworks: Sequence[str], question: str, function: str, argument: Any = None
    ) -> Any:
        """Take artworks for shown that a script of ours sends by itself; return what it returned.

        The answer is written down as ``ask`` does. The recorder has no part in it, and its silence
        is no gap.
        """
        self._client.saw(RecorderLeftOut(user=self.user, tab=self.tab))
        self._saw(ViewIntent, artworks)
        self._saw(ViewShown, artworks)
        self._shown |= {(self.user, artwork) for artwork in artworks}
        return await self.ask(question, function, argument)

    async def hide(self) -> None:
        """Put another page in front of it."""
        await self.page.hide()

    async def front(self) -> None:
        """Bring it to the front again."""
        await self.page.front()

    async def leave_for(self, url: str) -> None:
        """Follow a link to somewhere else in the same tab."""
        await self._catch_up()
        self._was_cached = False
        self._client.saw(TabLeaving(user=self.user, tab=self.tab))
        await self.page.go(url)

    async def back(self) -> bool:
        """Go back to the page that was left; return whether it came out of the cache alive."""
        before = self.tab
        await self.page.back()
        await self.until_up()
        self._was_cached = self.tab == before
        await self._catch_up()
        return self._was_cached

    async def forward(self) -> None:
        """Go forward again to where it was led before it came back."""
        await self._catch_up()
        self._was_cached = False
        self._client.saw(TabLeaving(user=self.user, tab=self.tab))
        await self.page.forward()

    async def reload(self) -> None:
        """Load the page anew; its recorder is another one then."""
        await self._catch_up()
        self._was_cached = False
        self._client.saw(TabLeaving(user=self.user, tab=self.tab))
        await self.page.reload()
        await self.until_up()

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        """Close the tab: pagehide and visibilitychange fire."""
        await self._catch_up()
        self._client.saw(TabClosing(user=self.user, tab=self.tab, how=how.value))
        await self.page.close(how)
        self._client.saw(TabClosed(user=self.user, tab=self.tab))

    async def crashed(self, crash: Callable[[Page], Awaitable[RestoredPage]]) -> Tab:
        """Let its page crash and come back, as ``crash`` does it; return the tab that it is then.

        This one will not be asked again.
        """
        self.was_killed()
        page = await crash(self.page)
        return await adopt_page(
            page,
            self.contract,
            user=self.user,
            ledger=self._ledger,
            shown=self._shown,
            by="a person",
        )

    def was_killed(self) -> None:
        """Write down that its browser was killed; it will not be asked again."""
        self._client.saw(TabKilled(user=self.user, tab=self.tab))

    # --- what we learn of it --------------------------------------------------------------------

    async def ask(self, question: str, function: str, argument: Any = None) -> Any:
        """Run a script in the page, write its answer down under ``question``, and return it."""
        answer = await self.page.evaluate(function, argument)
        await self._catch_up()
        self.note(question, answer)
        return answer

    def note(self, question: str, answer: Any) -> None:
        """Write down what was found out about the tab: checks ``answered``, ``premise_held``."""
        self._client.saw(PageAnswer(user=self.user, tab=self.tab, question=question, answer=answer))

    async def weigh(self) -> int:
        """Collect the page's garbage; write down and return the bytes of its heap in use."""
        held = await self.page.heap_bytes()
        self._activity.saw(PageFigure(name="js_heap_bytes", value=float(held), tab=self.tab))
        return held

    async def until(self, event: type[RecorderEvent], times: int = 1, *, timeout_s: float) -> None:
        """Wait until the recorder has reported an event ``times`` times. Raises WaitTimeout."""

        async def was_heard() -> bool:
            await self._catch_up()
            return self._heard[event] >= times

        what = f"{times} events {name_of(event)!r} of the recorder"
        await wait_until(what, was_heard, timeout_s=timeout_s)

    async def pending(self) -> list[str]:
        """Return the ids that the page has not had acknowledged, and record them.

        None, and nothing is recorded, where the page does not list its queue.
        """
        await self._catch_up()
        if not self.contract.lists_queue:
            return []
        state: dict[str, Any] = await self.page.evaluate(self.contract.state)
        ids = [str(one) for one in state["pending"]]
        self.holds(ids, state["telemetry"])
        return ids

    def holds(self, ids: Sequence[str], telemetry: object) -> None:
        """Write down which ids the page has not had acknowledged, and its telemetry."""
        for row in queue_rows(self.user, self.tab, ids, telemetry):
            self._client.saw(row)

    async def drained(self, timeout_s: float) -> bool:
        """Return whether the page's queue became empty in time; that and its last state are
        recorded, for the check ``drained_in_time``: a later visit must not hide a page that got
        stuck. Of a page that does not list its queue nothing is recorded.
        """

        async def is_empty() -> bool:
            return bool(await self.page.evaluate(self.contract.is_drained))

        with contextlib.suppress(WaitTimeout):  # what is left is recorded just below
            await wait_until(
                "the page's queue is empty", is_empty, timeout_s=timeout_s, interval_s=0.1
            )
        empty = not await self.pending()
        if self.contract.lists_queue:
            end = Drained if empty else Undrained
            self._client.saw(end(user=self.user, tab=self.tab, within_s=timeout_s))
        if self.picture is None:
            self.picture = await picture_of(self.page)
        return empty

    # --- how it is watched ----------------------------------------------------------------------

    async def load(self, url: str) -> None:
        """Load the display page. Raises TargetNotReady when it does not keep the contract."""
        try:
            await self.page.go(url)
        except TargetNotReady as error:
            raise TargetNotReady(f"the display page did not come up: {error.line}") from error
        await self.until_up()

    def hear(self, text: str) -> None:
        """Take one of the recorder's events."""
        if self._was_cached and hash(text) in self._texts:
            return  # heard over the binding and caught up with, or the other way round
        self._texts.add(hash(text))
        row = event_row(text, self.user, self.tab)
        self._heard[type(row)] += 1
        self._client.saw(row)

    async def _catch_up(self) -> None:
        """Hear what a page that was in the back/forward cache has reported since.

        Firefox under WebDriver BiDi lets no such page call its binding any more (measured with
        Firefox ESR 153 and playwright 1.64.1), but the page keeps its latest events.
        """
        if self._was_cached:
            for text in await self.page.evaluate(self.contract.events):
                self.hear(str(text))

    async def until_up(self) -> None:
        """Wait until the display page is up; learn its recorder's id. Raises TargetNotReady."""

        async def is_up() -> bool:
            return bool(await self.page.evaluate(self.contract.is_up))

        try:
            await wait_until("the display page is up", is_up, timeout_s=OPEN_TIMEOUT_S)
            self.tab, self._visibility = await self.page.evaluate(self.contract.opening)
        except WaitTimeout as error:
            raise TargetNotReady(f"the display page did not come up: {error}") from error
        except TargetNotReady as error:
            raise TargetNotReady(f"the display page did not come up: {error.line}") from error

    def _saw(self, what: type[ViewerRow], artworks: Sequence[str]) -> None:
        for artwork in artworks:
            self._viewer.saw(what(user=self.user, tab=self.tab, artwork=artwork))

    def opened(
        self, options: dict[str, str], *, restored: str | None = None, role: str | None = None
    ) -> None:
        """Write down that it is open, with which options, and whether it was visible when it had
        loaded; ``restored`` by whom after a crash, and the ``role`` of a page on a device."""
        self._client.saw(
            TabOpened(
                user=self.user,
                tab=self.tab,
                visibility=self._visibility or None,
                restored=restored,
                role=role,
                options=options,
            )
        )


async def open_tab(
    browser: Browser,
    contract: PageContract,
    url: str,
    *,
    user: str,
    ledger: Ledger,
    options: dict[str, str],
    shown: set[tuple[str, str]],
    behind: bool = False,
    by_script: bool = False,
) -> Tab:
    """Open the display page for a user that the browser is signed in as.

    ``shown`` collects (user, artwork) of what the tab shows. ``options`` go into the page's query
    (preset, flushDelayMs, view=blank …). Raises TargetNotReady when the page does not come up or
    does not keep the contract (docs/target-contract.md).
    """
    tab = Tab(user, contract, ledger, shown)
    tab.page = await browser.open_page(
        tab.hear, earlier=contract.events, behind=behind, by_script=by_script
    )
    await tab.load(contract.url(url, options))
    tab.opened(options)
    return tab


async def load_at_once(
    browser: Browser,
    count: int,
    contract: PageContract,
    url: str,
    *,
    user: str,
    ledger: Ledger,
    options: dict[str, str],
    shown: set[tuple[str, str]],
) -> list[Tab]:
    """Open empty tabs one after the other, then load the display page in all of them at once.

    When each page began to load, by its own clock, is noted under ``time origin``.
    """
    tabs = [Tab(user, contract, ledger, shown) for _ in range(count)]
    for tab in tabs:
        tab.page = await browser.open_page(tab.hear, earlier=contract.events)
    await asyncio.gather(*(tab.load(contract.url(url, options)) for tab in tabs))
    for tab in tabs:
        tab.opened(options)
        await tab.ask("time origin", "() => performance.timeOrigin")
    return tabs


async def adopt_page(
    page: RestoredPage,
    contract: PageContract,
    *,
    user: str,
    ledger: Ledger,
    shown: set[tuple[str, str]],
    by: str = "the browser",
) -> Tab:
    """Return a display page that was brought back, as a tab; its earlier events are heard."""
    tab = Tab(user, contract, ledger, shown)
    tab.page = page
    heard: set[str] = set()

    def hear_once(text: str) -> None:
        if text not in heard:
            heard.add(text)
            tab.hear(text)

    await page.listen(hear_once, contract.events)
    await tab.until_up()
    for text in await page.evaluate(contract.events):
        hear_once(str(text))
    tab.opened({}, restored=f"by {by}")
    return tab
