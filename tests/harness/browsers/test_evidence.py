"""Evidence of a browser for debugging a failed cell; taking it must not disturb the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browsers.base import BrowserLost, Can
from harness.browsers.evidence import DIRECTORY, MOST_SCREENSHOTS, keep_evidence, screenshot_of

pytestmark = pytest.mark.asyncio


class FakePage:
    """A page that is visible unless it is hidden or lost; it counts its screenshots."""

    def __init__(self, *, hidden: bool = False, lost: bool = False) -> None:
        self._hidden, self._lost = hidden, lost
        self.screenshots = 0

    async def evaluate(self, function: str) -> bool:
        if self._lost:
            raise BrowserLost("it is gone")
        return self._hidden

    async def screenshot(self) -> bytes:
        self.screenshots += 1
        return b"\x89PNG of an open page"


class FakeBrowser:
    """A browser with a console and a trace."""

    can = frozenset({Can.TRACE})

    async def console(self) -> list[str]:
        return ["warning: impression_flush"]

    async def stop_trace(self, path: str | None) -> None:
        assert path is not None
        Path(path).write_bytes(b"PK")


async def test_a_hidden_page_and_a_lost_one_have_no_screenshot() -> None:
    hidden = FakePage(hidden=True)
    assert await screenshot_of(hidden) is None
    assert hidden.screenshots == 0
    assert await screenshot_of(FakePage(lost=True)) is None
    assert await screenshot_of(FakePage()) == b"\x89PNG of an open page"


async def test_screenshots_of_closed_tabs_come_first_and_their_number_is_limited(
    tmp_path: Path,
) -> None:
    pages = [FakePage(hidden=True), FakePage(), FakePage(), FakePage()]
    await keep_evidence(tmp_path, FakeBrowser(), pages, [b"\x89PNG of a closed tab"])
    where = tmp_path / DIRECTORY
    names = [f"screenshot-{n}.png" for n in range(1, MOST_SCREENSHOTS + 1)]
    written = sorted(path.name for path in where.iterdir())
    assert written == ["console.txt", *names[:2], "trace.zip"]
    assert (where / names[0]).read_bytes() == b"\x89PNG of a closed tab"
    assert (where / names[1]).read_bytes() == b"\x89PNG of an open page"
    assert (where / "console.txt").read_text() == "warning: impression_flush\n"


async def test_a_dead_browser_leaves_no_evidence_and_raises_nothing(tmp_path: Path) -> None:
    class Gone(FakeBrowser):
        async def console(self) -> list[str]:
            raise BrowserLost("it is gone")

    await keep_evidence(tmp_path, Gone(), [FakePage(lost=True)])
    assert list((tmp_path / DIRECTORY).iterdir()) == []
