"""Who is signed in when a browser that was killed starts again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from harness.browsers.aftermath import bring_back, kill_with_tabs
from harness.browsers.base import Browser, RestoredPage
from harness.browsers.visitor import Tab
from harness.ledger.files import Ledger, read_witness
from harness.target.reference.page import REFERENCE_PAGE


class FakePage:
    """A restored page: on the display or elsewhere, signed in or not."""

    def __init__(self, *, is_here: bool = True, signed_in: bool = True) -> None:
        self.is_here, self.signed_in = is_here, signed_in
        self.closed = False

    async def listen(self, on_event: object, earlier: str = "") -> None:
        """Hear nothing."""

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        known = {
            REFERENCE_PAGE.is_here: self.is_here,
            REFERENCE_PAGE.is_signed_in: self.signed_in,
            REFERENCE_PAGE.events: [],
            REFERENCE_PAGE.opening: ["tab", "visible", True],
        }
        return known.get(function, True)

    async def hide(self) -> None:
        """Succeed."""

    async def front(self) -> None:
        """Succeed."""

    async def close(self) -> None:
        self.closed = True


class FakeBrowser:
    """A browser that restores the pages it is given."""

    def __init__(self, *pages: FakePage) -> None:
        self.pages = pages
        self.crashed = False

    async def crash(self) -> None:
        self.crashed = True

    async def restart(self) -> list[RestoredPage]:
        return [cast(RestoredPage, page) for page in self.pages]


def kinds(file: Path) -> list[str]:
    return [row["kind"] for row in read_witness(file).table.to_pylist()]


async def started_again(directory: Path, *pages: FakePage) -> tuple[list[Tab], list[str]]:
    """Return the tabs of a browser that restored the pages, and who signed in."""
    signed_in: list[str] = []

    async def sign_in(user: str) -> None:
        signed_in.append(user)

    with Ledger(directory) as ledger:
        tabs = await bring_back(
            cast(Browser, FakeBrowser(*pages)),
            REFERENCE_PAGE,
            user="ann",
            ledger=ledger,
            shown=set(),
            sign_in=sign_in,
        )
    return tabs, signed_in


@pytest.mark.asyncio
async def test_a_session_that_came_back_is_kept(tmp_path: Path) -> None:
    tabs, signed_in = await started_again(tmp_path, FakePage(), FakePage())
    assert (len(tabs), signed_in) == (2, [])


@pytest.mark.asyncio
async def test_a_session_that_is_lost_with_its_cookie_is_opened_again(tmp_path: Path) -> None:
    tabs, signed_in = await started_again(tmp_path, FakePage(signed_in=False))
    assert (len(tabs), signed_in) == (1, ["ann"])


@pytest.mark.asyncio
@pytest.mark.parametrize("elsewhere", [0, 1])
async def test_who_gets_no_tab_back_signs_in_before_a_page_is_opened(
    tmp_path: Path, elsewhere: int
) -> None:
    """Else the next page is another user's, and what waits on the disk is never sent."""
    pages = [FakePage(is_here=False) for _ in range(elsewhere)]
    tabs, signed_in = await started_again(tmp_path, *pages)
    assert (tabs, signed_in) == ([], ["ann"])
    assert all(page.closed for page in pages)


@pytest.mark.asyncio
async def test_every_tab_of_a_browser_that_is_killed_dies_in_the_ledger(tmp_path: Path) -> None:
    browser = FakeBrowser()
    with Ledger(tmp_path) as ledger:
        tabs = [Tab("ann", REFERENCE_PAGE, ledger, set()) for _ in range(2)]
        await kill_with_tabs(cast(Browser, browser), tabs, ledger)
    assert browser.crashed
    assert kinds(tmp_path / "network.arrows") == ["browser_killed"]
    assert kinds(tmp_path / "client.arrows") == ["tab_killed"] * 2
