"""What a visitor does in the gallery: opens the history, replays by clicks, leaves the replay."""

from __future__ import annotations

import contextlib
from typing import Any

from harness.browsers.visitor import Tab
from harness.core.errors import TargetNotReady
from harness.core.wait import wait_until
from harness.ledger.kinds import DATABASE, VIEWER
from harness.ledger.kinds.viewer import ViewReplayed
from harness.run.run import Run
from harness.target.reference.product import (
    HISTORY_ENTRIES,
    HISTORY_LISTS,
    HISTORY_URL,
    IS_REPLAYING,
    LEAVE_REPLAY,
    NEXT,
    SHOWS,
    history_entry,
)
from harness.witnesses.product import read_replays

PAGE_S = 15.0
"""How long a page may take to be there after a click."""
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

    def _shown_again(self) -> None:
        artwork = self.entries[self._place]
        row = ViewReplayed(user=self.tab.user, tab=self.tab.tab, artwork=artwork)
        self._run.context.ledger.witness(VIEWER).saw(row)
        self.replays += 1

    async def _until(self, what: str, script: str, argument: Any = None) -> None:
        async def is_so() -> bool:
            with contextlib.suppress(TargetNotReady):  # between two documents
                return bool(await self.tab.page.evaluate(script, argument))
            return False

        await wait_until(what, is_so, timeout_s=PAGE_S)
