"""A visitor: one signed-in user in one browser tab, and the rows that are recorded of it.

The viewer's rows are written here, outside the path under test: ``view_intent`` before the page is
asked to show an artwork, ``view_shown`` afterwards. The recorder's events arrive over the page's
binding (``harness.target.page``), which no network fault affects.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from harness.browsers.base import Browser, Closing, Page, RestoredPage
from harness.browsers.evidence import screenshot_of
from harness.browsers.page_work import work_of
from harness.browsers.recorder_events import event_row, hear_restored, queue_rows
from harness.core.clock import now
from harness.core.errors import TargetNotReady, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import Ledger
from harness.ledger.kinds import ACTIVITY, CLIENT, VIEWER
from harness.ledger.kinds.activity import PageFigure
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import (
    ClientRow,
    Drained,
    FlushAsked,
    FlushStarted,
    PageAnswer,
    RecorderEvent,
    RecorderLeftOut,
    TabClosed,
    TabClosing,
    TabHidden,
    TabInFront,
    TabKilled,
    TabLeaving,
    TabOpened,
    Undrained,
)
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent, ViewShown
from harness.target.page import PageContract

OPEN_TIMEOUT_S = 15.0


class Tab:
    """One tab of one user, on the display page unless it was navigated elsewhere.

    ``tab`` is the recorder's id of the loaded page; it changes with every load.
    """

    page: Page
    until_stored: Callable[[float], Awaitable[bool]]

    def __init__(
        self, user: str, contract: PageContract, ledger: Ledger, shown: set[tuple[str, str]]
    ) -> None:
        self.user = user
        self.contract = contract
        self.tab = ""
        self._visibility = ""
        self._journals: bool | None = None
        self.screenshot: bytes | None = None
        """A screenshot of when its queue was first empty: the last moment at which taking one
        disturbs no case, as many close the tab next."""
        self._shown = shown
        self._ledger = ledger
        self._events: Counter[type[ClientRow]] = Counter()
        self._texts: set[int] = set()
        self._was_cached = False
        self._viewer = ledger.witness(VIEWER)
        self._client = ledger.witness(CLIENT)
        self._activity = ledger.witness(ACTIVITY)

    # --- what a user does -----------------------------------------------------------------------

    async def look_at(self, *artworks: str) -> None:
        """Show one artwork, or several at once; return when they are on the screen and recorded."""
        await self.look_by(self.contract.show, artworks)

    async def look_by(self, show: str, artworks: Sequence[str]) -> Any:
        """Show artworks by a script that takes a list of ids, as the page's own does; return its
        result."""
        self._saw(ViewIntent, artworks)
        if self.contract.is_seen_in_front:
            await self.page.front()
        answer = await self.page.evaluate(show, list(artworks))
        self._saw(ViewShown, artworks)
        self._shown |= {(self.user, artwork) for artwork in artworks}
        await self._catch_up()
        return answer

    async def look_without_recorder(
        self, artworks: Sequence[str], question: str, function: str, argument: Any = None
    ) -> Any:
        """Record artworks as shown that a script sends without the recorder; return its result.

        The result is recorded like that of ``ask``. The recorder's missing events are no gap.
        """
        self._client.saw(RecorderLeftOut(user=self.user, tab=self.tab))
        self._saw(ViewIntent, artworks)
        self._saw(ViewShown, artworks)
        self._shown |= {(self.user, artwork) for artwork in artworks}
        return await self.ask(question, function, argument)

    async def hide(self) -> None:
        """Put another page in front of the tab."""
        await self.page.hide()
        self._client.saw(TabHidden(user=self.user, tab=self.tab))

    async def front(self) -> None:
        """Bring the tab to the front again."""
        await self.page.front()
        self._client.saw(TabInFront(user=self.user, tab=self.tab))

    async def leave_for(self, url: str) -> None:
        """Follow a link to another page in the same tab."""
        await self._catch_up()
        self._was_cached = False
        self._client.saw(TabLeaving(user=self.user, tab=self.tab))
        await self.page.go(url)

    async def back(self) -> bool:
        """Go back; return whether the page came out of the back/forward cache."""
        before = self.tab
        await self.page.back()
        await self.until_up()
        self._was_cached = self.tab == before
        await self._catch_up()
        return self._was_cached

    async def forward(self) -> None:
        """Go forward in the history."""
        await self._catch_up()
        self._was_cached = False
        self._client.saw(TabLeaving(user=self.user, tab=self.tab))
        await self.page.forward()

    async def reload(self) -> None:
        """Reload the page, which gives it a new recorder."""
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
        """Crash and reload its page by ``crash``; return the new tab, which replaces this one."""
        self.was_killed()
        page, ledger, shown = await crash(self.page), self._ledger, self._shown
        return await adopt_page(
            page, self.contract, user=self.user, ledger=ledger, shown=shown, by="a person"
        )

    def was_killed(self) -> None:
        """Record that its browser was killed; the tab is not used again."""
        self._client.saw(TabKilled(user=self.user, tab=self.tab))

    # --- what is recorded of it -----------------------------------------------------------------

    async def ask(self, question: str, function: str, argument: Any = None) -> Any:
        """Run a script in the page, record its result under ``question``, and return it."""
        answer = await self.page.evaluate(function, argument)
        await self._catch_up()
        self.note(question, answer)
        return answer

    def note(self, question: str, answer: Any) -> None:
        """Record a fact about the tab, for the checks ``answered`` and ``premise_held``."""
        self._client.saw(PageAnswer(user=self.user, tab=self.tab, question=question, answer=answer))

    async def flush(self) -> None:
        """Have the page send now what it holds."""
        self._client.saw(FlushAsked(user=self.user, tab=self.tab))
        await self.page.evaluate(self.contract.flush)
        self._client.saw(FlushStarted(user=self.user, tab=self.tab))

    async def measure_heap(self) -> int:
        """Collect the page's garbage; record and return the used bytes of its heap."""
        used = await self.page.heap_bytes()
        self._activity.saw(PageFigure(name="js_heap_bytes", value=float(used), tab=self.tab))
        return used

    async def measure_work(self) -> None:
        """Record what the page has cost its browser so far (``harness.browsers.page_work``)."""
        at = now()
        for name, value in (await work_of(self.page)).items():
            self._activity.saw(PageFigure(name=name, value=value, tab=self.tab), at=at)

    async def until(self, *events: type[RecorderEvent], times: int = 1, timeout_s: float) -> None:
        """Wait until the recorder has reported any of the events, ``times`` times in all.

        Raises WaitTimeout.
        """

        async def was_heard() -> bool:
            await self._catch_up()
            return sum(self._events[event] for event in events) >= times

        names = " or ".join(repr(name_of(event)) for event in events)
        what = f"{times} events {names} of the recorder"
        await wait_until(what, was_heard, timeout_s=timeout_s)

    async def pending(self) -> list[str]:
        """Return the ids not acknowledged and record them; none of a page that lists none."""
        await self._catch_up()
        if not self.contract.lists_queue:
            return []
        state: dict[str, Any] = await self.page.evaluate(self.contract.state)
        ids = [str(one) for one in state["pending"]]
        self.holds(ids, state["telemetry"])
        return ids

    def holds(self, ids: Sequence[str], telemetry: object) -> None:
        """Record the ids that have not been acknowledged to the page, and its telemetry."""
        for row in queue_rows(self.user, self.tab, ids, telemetry):
            self._client.saw(row)

    async def drained(self, timeout_s: float) -> bool:
        """Return whether the page's queue became empty in time.

        That and its last state are recorded for the check ``drained_in_time``: a later visit must
        not hide a page that got stuck. Without a list, what its user was shown is waited for.
        """
        wait = self._emptied if self.contract.lists_queue else self.until_stored
        empty = await wait(timeout_s)
        if self.screenshot is None:
            self.screenshot = await screenshot_of(self.page)
        return empty

    async def _emptied(self, timeout_s: float) -> bool:
        async def is_empty() -> bool:
            return bool(await self.page.evaluate(self.contract.is_drained))

        with contextlib.suppress(WaitTimeout):  # the remaining ids are recorded just below
            await wait_until(
                "the page's queue is empty", is_empty, timeout_s=timeout_s, interval_s=0.1
            )
        empty = not await self.pending()
        end = Drained if empty else Undrained
        self._client.saw(end(user=self.user, tab=self.tab, within_s=timeout_s))
        return empty

    # --- loading and events ---------------------------------------------------------------------

    async def load(self, url: str) -> None:
        """Load the display page. Raises TargetNotReady when it does not keep the contract."""
        try:
            await self.page.go(url)
        except TargetNotReady as error:
            raise TargetNotReady(f"the display page did not come up: {error.line}") from error
        await self.until_up()

    def hear(self, text: str) -> None:
        """Record one of the recorder's events, given as JSON."""
        if self._was_cached and hash(text) in self._texts:
            return  # received both over the binding and by ``_catch_up``
        self._texts.add(hash(text))
        row = event_row(text, self.user, self.tab)
        self._events[type(row)] += 1
        self._client.saw(row)

    async def _catch_up(self) -> None:
        """Receive what a page from the back/forward cache has reported since.

        Under WebDriver BiDi such a page cannot call its binding any more (measured with Firefox ESR
        153 and playwright 1.64.1), but the page keeps its latest events.
        """
        if self._was_cached:
            for text in await self.page.evaluate(self.contract.events):
                self.hear(str(text))

    async def until_up(self) -> None:
        """Wait until the display page is up; read its recorder's id. Raises TargetNotReady."""

        async def is_up() -> bool:
            return bool(await self.page.evaluate(self.contract.is_up))

        try:
            await wait_until("the display page is up", is_up, timeout_s=OPEN_TIMEOUT_S)
            opening = await self.page.evaluate(self.contract.opening)
            self.tab, self._visibility, self._journals = opening
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
        """Record that the tab is open, with its options and its visibility after the load.

        ``restored`` names who restored it after a crash, ``role`` that of a page on a device.
        """
        plan = None if restored else self.contract.retry_plan(options)
        self._client.saw(
            TabOpened(
                user=self.user,
                tab=self.tab,
                visibility=self._visibility or None,
                journals=self._journals,
                restored=restored,
                role=role,
                options=options,
                retry_base_ms=plan.base_ms if plan else None,
                retry_cap_ms=plan.cap_ms if plan and math.isfinite(plan.cap_ms) else None,
                retry_is_drawn=bool(plan and plan.is_drawn),
                retry_is_linear=bool(plan and plan.is_linear),
                hands_over=not restored and self.contract.hands_over(options),
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
    """Open the display page as the user that the browser is signed in as.

    ``shown`` collects (user, artwork) of what the tab shows. ``options`` are added to the page's
    query (preset, flushDelayMs, view=blank …). Raises TargetNotReady when the page does not load or
    does not keep the contract (docs/target-contract.md).
    """
    tab = Tab(user, contract, ledger, shown)
    tab.page = await browser.open_page(
        tab.hear, earlier=contract.events, behind=behind, by_script=by_script
    )
    await tab.load(contract.url(url, options, user))
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

    The time at which each page began to load, by its own clock, is recorded as ``time origin``.
    """
    tabs = [Tab(user, contract, ledger, shown) for _ in range(count)]
    for tab in tabs:
        tab.page = await browser.open_page(tab.hear, earlier=contract.events)
    await asyncio.gather(*(tab.load(contract.url(url, options, user)) for tab in tabs))
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
    """Return a restored display page as a tab; its earlier events are recorded first."""
    tab = Tab(user, contract, ledger, shown)
    tab.page = page
    await hear_restored(page, tab.hear, contract.events, tab.until_up)
    tab.opened({}, restored=f"by {by}")
    return tab
