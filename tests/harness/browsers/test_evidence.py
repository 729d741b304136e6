"""Evidence of a browser for debugging a failed cell; taking it must not disturb the pages."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from harness.browsers import evidence
from harness.browsers.base import BrowserFacts, BrowserLost, Can
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
    """A browser with a console, a trace and a request."""

    can = frozenset({Can.TRACE})
    facts = BrowserFacts(name="firefox", product="Firefox", version="1", platform="Linux")

    async def console(self) -> list[str]:
        return ["warning: impression_flush"]

    async def stop_trace(self, path: str | None) -> None:
        assert path is not None
        Path(path).write_bytes(b"PK")

    async def requests(self) -> list[dict[str, Any]]:
        return [{"request": {"url": "http://x/"}}]


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
    await keep_evidence(tmp_path, [FakeBrowser()], pages, [b"\x89PNG of a closed tab"])
    where = tmp_path / DIRECTORY
    names = [f"screenshot-{n}.png" for n in range(1, MOST_SCREENSHOTS + 1)]
    written = sorted(path.name for path in where.iterdir())
    assert written == ["console.txt", "network.har", *names[:2], "trace.zip"]
    assert json.loads((where / "network.har").read_text())["log"]["version"] == "1.2"
    assert (where / names[0]).read_bytes() == b"\x89PNG of a closed tab"
    assert (where / names[1]).read_bytes() == b"\x89PNG of an open page"
    assert (where / "console.txt").read_text() == "warning: impression_flush\n"


async def test_what_a_dead_browser_cannot_give_is_named_with_the_reason(tmp_path: Path) -> None:
    class Gone(FakeBrowser):
        async def console(self) -> list[str]:
            raise BrowserLost("it is gone")

        async def requests(self) -> list[dict[str, Any]]:
            return []

    await keep_evidence(tmp_path, [Gone()], [FakePage(lost=True)])
    where = tmp_path / DIRECTORY
    assert (where / "missing.txt").read_text().splitlines() == [
        "screenshot: no page was open, visible and answering",
        "console: it is gone",
        "network: the pages made no request",
    ]
    assert (where / "trace.zip").exists(), "what there is is kept"


async def test_a_driver_that_records_nothing_says_so(tmp_path: Path) -> None:
    class Plain(FakeBrowser):
        can = frozenset()

        async def console(self) -> list[str]:
            return []

    await keep_evidence(tmp_path, [Plain()], [FakePage()])
    assert (tmp_path / DIRECTORY / "missing.txt").read_text().splitlines() == [
        "console: the driver of firefox has no access to it",
        "trace: the driver of firefox records none",
        "network: the driver of firefox reports no requests",
    ]


async def test_a_browser_that_hangs_costs_only_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hangs(FakeBrowser):
        async def console(self) -> list[str]:
            await asyncio.Event().wait()
            return []

    monkeypatch.setattr(evidence, "_LIMIT_S", 0.05)
    await keep_evidence(tmp_path, [Hangs()], [])
    reasons = (tmp_path / DIRECTORY / "missing.txt").read_text()
    assert "console: all evidence together took more than" in reasons
