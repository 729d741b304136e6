"""What a visitor does in the gallery: opens the history, replays by clicks, leaves the replay."""

from __future__ import annotations

import contextlib
from typing import Any

from harness.browsers.visitor import Tab
from harness.core.errors import TargetNotReady, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import CLIENT, DATABASE, VIEWER
from harness.ledger.kinds.client import FavouriteAsked, SharedShown
from harness.ledger.kinds.viewer import ViewReplayed
from harness.run.run import Run
from harness.target.reference.product import (
    ALL_SENT,
    EXISTS,
    HISTORY_ENTRIES,
    HISTORY_LISTS,
    HISTORY_PATH,
    HISTORY_URL,
    IS_FAVOURITE,
    IS_FAVOURITE_NOW,
    IS_REPLAYING,
    IS_SHOWN,
    LEAVE_REPLAY,
    NEXT,
    SHARE,
    SHARED_ARTWORKS,
    SHARED_IS_THERE,
    SHARED_LINK,
    SHOWS,
    UNDO,
    heart,
    history_entry,
    revoke_button,
)
from harness.witnesses.product import read_favourites, read_replays

PAGE_S = 15.0
"""How long a page may take to be there after a click."""
HEART_S = 5.0
"""How long a heart may take to change under a click."""
COUNTED_S = 20.0
"""How long pages may take to report what they showed again."""


class Gallery:
    """One tab of a visitor; ``entries`` are what the history listed, newest first."""

    def __init__(self, run: Run, tab: Tab) -> None:
        self._run = run
        self.tab = tab
        self.entries: list[str] = []
        self.replays = 0
        self._place = 0

    async def open_history(self, *, at_least: int) -> None:
        """Open the history from the display page; return when it lists ``at_least`` entries."""
        await self.tab.leave_for(str(await self.tab.page.evaluate(HISTORY_URL)))
        await self._until("the history lists what was seen", HISTORY_LISTS, at_least)
        self.entries = [str(one) for one in await self.tab.page.evaluate(HISTORY_ENTRIES)]

    async def replay(self, place: int) -> None:
        """Click an entry; return when the display page shows its artwork again."""
        await self.tab.page.click(history_entry(place))
        self._place = place
        await self._until("the artwork is shown again", SHOWS, self.entries[place])
        await self.tab.until_up()
        self._shown_again()

    async def next(self) -> None:
        """Click on to the entry before, in replay; return when it is shown again."""
        await self.tab.page.click(NEXT)
        self._place += 1
        await self._until("the next artwork is shown again", SHOWS, self.entries[self._place])
        self._shown_again()

    async def leave_replay(self) -> None:
        """Click back to new artworks; return when the page records again."""
        await self.tab.page.click(LEAVE_REPLAY)
        await self._until("the replay is left", f"() => !({IS_REPLAYING})()")

    async def read_counts(self, replays: int) -> None:
        """Write down the counts of the table once it has that number of replays."""
        database = self._run.context.ledger.witness(DATABASE)
        dsn = self._run.context.site.dsn
        await read_replays(dsn, database, total=replays, timeout_s=COUNTED_S)

    # --- favourites -----------------------------------------------------------------------------

    async def click_heart(self, place: int, *, times: int = 1) -> None:
        """Click a heart, or twice at once, which is one change; return when the page shows it."""
        before = bool(await self.tab.page.evaluate(IS_FAVOURITE, place))
        self._ask_favourite(place, not before)
        await self.tab.page.click(heart(place), times=times)
        await self._seen(place, not before)

    async def undo(self, place: int) -> None:
        """Undo the last change, which was of this heart."""
        before = bool(await self.tab.page.evaluate(IS_FAVOURITE, place))
        self._ask_favourite(place, not before)
        await self._until("undo is offered", IS_SHOWN, UNDO)
        await self.tab.page.click(UNDO)
        await self._seen(place, not before)

    async def until_sent(self) -> None:
        """Return when the server has every change of this page."""
        await self._until("every change is sent", ALL_SENT)

    async def share(self) -> str:
        """Make a link to the favourites and return it."""
        await self.tab.page.click(SHARE)
        await self._until("the link is shown", f"() => ({SHARED_LINK})() !== ''")
        return str(await self.tab.page.evaluate(SHARED_LINK))

    async def return_to_history(self, *, at_least: int) -> None:
        """Go back to the history from another page of the gallery."""
        await self.tab.page.go(f"{self._run.network.url}{HISTORY_PATH}")
        await self._until("the history lists what was seen", HISTORY_LISTS, at_least)

    async def revoke(self, place: int) -> None:
        """Revoke a link; return when the page lists it no more."""
        await self._until("the link is listed", EXISTS, revoke_button(place))
        await self.tab.page.click(revoke_button(place))
        await self._until("the link is revoked", f"(one) => !({EXISTS})(one)", revoke_button(place))

    async def look_behind(self, link: str, *, revoked: bool) -> None:
        """Open a link, signed in or not; write down what it shows."""
        await self.tab.page.go(link)
        await self._until("the collection is there", SHARED_IS_THERE)
        artworks = tuple(str(one) for one in await self.tab.page.evaluate(SHARED_ARTWORKS))
        row = SharedShown(user=self.tab.user, tab=None, artworks=artworks, revoked=revoked)
        self._run.context.ledger.witness(CLIENT).saw(row)

    async def read_favourites(self, changes: int) -> None:
        """Write down the favourites of the table once it has that number of changes."""
        database = self._run.context.ledger.witness(DATABASE)
        dsn = self._run.context.site.dsn
        await read_favourites(dsn, database, total=changes, timeout_s=COUNTED_S)

    def _ask_favourite(self, place: int, favourite: bool) -> None:
        row = FavouriteAsked(
            user=self.tab.user, tab=None, artworks=(self.entries[place],), favourite=favourite
        )
        self._run.context.ledger.witness(CLIENT).saw(row)

    async def _seen(self, place: int, favourite: bool) -> None:
        """Wait until a heart is shown as asked; one that is not is for the checks to name."""
        with contextlib.suppress(WaitTimeout):
            await self._until(
                "the heart has changed", IS_FAVOURITE_NOW, [place, favourite], HEART_S
            )

    def _shown_again(self) -> None:
        artwork = self.entries[self._place]
        row = ViewReplayed(user=self.tab.user, tab=self.tab.tab, artwork=artwork)
        self._run.context.ledger.witness(VIEWER).saw(row)
        self.replays += 1

    async def _until(
        self, what: str, script: str, argument: Any = None, timeout_s: float = PAGE_S
    ) -> None:
        async def is_so() -> bool:
            with contextlib.suppress(TargetNotReady):  # between two documents
                return bool(await self.tab.page.evaluate(script, argument))
            return False

        await wait_until(what, is_so, timeout_s=timeout_s)
