"""A visitor of the gallery: each artwork that a click shows again is written down once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.browsers.visitor import Tab
from harness.core.errors import TargetNotReady
from harness.ledger.kinds.viewer import ViewReplayed
from harness.run.run import Run
from harness.target.reference.product import (
    HISTORY_ENTRIES,
    HISTORY_LISTS,
    HISTORY_URL,
    LEAVE_REPLAY,
    NEXT,
    SHOWS,
)
from scenarios.product.gallery import Gallery

SEEN = ["third", "second", "first"]


class FakePage:
    """A page that shows what is clicked; between two documents it cannot be asked, once a click."""

    def __init__(self) -> None:
        self.place = -1
        self.clicks: list[str] = []
        self.is_between = False

    async def click(self, selector: str, *, times: int = 1) -> None:
        self.clicks.append(selector)
        self.is_between = True
        self.place = 1 if selector == "#entry-1" else self.place + 1

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        if self.is_between:
            self.is_between = False
            raise TargetNotReady("the page is gone")
        known = {
            HISTORY_URL: "http://site/gallery/history",
            HISTORY_LISTS: True,
            HISTORY_ENTRIES: SEEN,
        }
        return SEEN[self.place] == argument if function == SHOWS else known.get(function, True)


class FakeTab:
    """A tab whose page has another recorder after every load."""

    def __init__(self) -> None:
        self.page, self.user, self.tab = FakePage(), "ann", "t1"
        self.left_for: list[str] = []

    async def leave_for(self, url: str) -> None:
        self.left_for.append(url)

    async def until_up(self) -> None:
        self.tab = "t2"


@pytest.mark.asyncio
async def test_what_clicks_show_again_is_written_down_of_the_page_that_shows_it() -> None:
    rows: list[ViewReplayed] = []
    witness = SimpleNamespace(saw=rows.append)
    context = SimpleNamespace(ledger=SimpleNamespace(witness=lambda kind: witness))
    tab = FakeTab()
    gallery = Gallery(cast(Run, SimpleNamespace(context=context)), cast(Tab, tab))
    await gallery.open_history(at_least=3)
    await gallery.replay(1)
    await gallery.next()
    await gallery.leave_replay()
    assert tab.left_for == ["http://site/gallery/history"]
    assert tab.page.clicks == ["#entry-1", NEXT, LEAVE_REPLAY]
    assert [(row.user, row.tab, row.artwork) for row in rows] == [
        ("ann", "t2", "second"),
        ("ann", "t2", "first"),
    ]
    assert gallery.replays == 2
