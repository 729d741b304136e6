"""Which browsers a run has, which tabs are open in them, and what is kept of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browsers.base import Can
from harness.browsers.evidence import DIRECTORY
from harness.run.browser_registry import BrowserRegistry
from tests.harness.fake_run import FakeBrowser, FakeTab


def test_tabs_are_known_by_their_browser_until_they_are_removed() -> None:
    registry = BrowserRegistry()
    chromium, firefox = FakeBrowser("chromium"), FakeBrowser("firefox")
    assert not registry.has_tabs()
    one, two, three = (FakeTab() for _ in range(3))
    for tab, browser in ((one, chromium), (two, firefox), (three, chromium)):
        assert registry.add_tab(tab, browser) is tab
    assert registry.tabs == [one, two, three]
    assert registry.tabs_in(chromium) == [one, three]
    registry.remove_tab(one)
    assert registry.tabs_in(chromium) == [three]
    assert registry.has_tabs()
    with pytest.raises(KeyError):
        registry.remove_tab(one)


@pytest.mark.asyncio
async def test_a_tab_waits_for_what_its_user_of_that_moment_was_shown() -> None:
    waited: list[tuple[str, float]] = []

    async def until_stored(user: str, timeout_s: float) -> bool:
        waited.append((user, timeout_s))
        return True

    registry = BrowserRegistry()
    registry.until_stored = until_stored
    tab = registry.add_tab(FakeTab("ann"), FakeBrowser())
    assert await tab.until_stored(3.0)
    tab.user = "bob"
    assert await tab.until_stored(4.0)
    assert waited == [("ann", 3.0), ("bob", 4.0)]


def test_two_browsers_of_one_kind_are_two() -> None:
    registry = BrowserRegistry()
    first, second = FakeBrowser("firefox"), FakeBrowser("firefox")
    registry.add_tab(FakeTab("ann"), first)
    registry.add_tab(FakeTab("bob"), second)
    assert [tab.user for tab in registry.tabs_in(second)] == ["bob"]


def test_each_process_of_two_browsers_of_one_kind_is_known() -> None:
    registry = BrowserRegistry()
    for pid in (41, 42):
        browser = FakeBrowser("firefox")
        browser.processes = {"firefox": pid}
        registry.add_browser(browser)
    assert registry.pids() == {41: "firefox", 42: "firefox"}


def test_every_browser_is_watched_while_the_run_lasts() -> None:
    registry = BrowserRegistry()
    assert registry.processes() == {}
    registry.add_browser(FakeBrowser("chromium"))
    registry.add_browser(FakeBrowser("firefox"))
    assert registry.processes() == {"chromium": 42, "firefox": 42}


@pytest.mark.asyncio
async def test_evidence_is_of_closed_tabs_first_then_of_open_ones(tmp_path: Path) -> None:
    registry, browser = BrowserRegistry(), FakeBrowser(can=frozenset({Can.TRACE}))
    registry.add_browser(browser)
    closed, unseen = FakeTab(), FakeTab()
    closed.screenshot = b"a closed tab"
    for tab in (closed, unseen, FakeTab()):
        registry.add_tab(tab, browser)
    registry.remove_tab(closed)
    registry.remove_tab(unseen)
    await registry.keep_evidence(tmp_path)
    where = tmp_path / DIRECTORY
    assert (where / "screenshot-1.png").read_bytes() == b"a closed tab"
    assert (where / "screenshot-2.png").read_bytes() == b"an open page"
    assert not (where / "screenshot-3.png").exists()
    assert (where / "console.txt").read_text() == "chromium says\n"
    assert "http://chromium/" in (where / "network.har").read_text()
    assert not (where / "missing.txt").exists()
    assert browser.log == ["console", "trace kept"]


@pytest.mark.asyncio
async def test_a_second_browser_keeps_its_evidence_beside_the_first_one_s(tmp_path: Path) -> None:
    registry = BrowserRegistry()
    for name in ("chromium", "firefox"):
        registry.add_browser(FakeBrowser(name, can=frozenset({Can.TRACE})))
    await registry.keep_evidence(tmp_path)
    where = tmp_path / DIRECTORY
    assert (where / "console.txt").read_text() == "chromium says\n"
    assert (where / "console-2.txt").read_text() == "firefox says\n"
    assert (where / "network-2.har").exists()
    assert (where / "missing.txt").read_text() == (
        "screenshot: no page was open, visible and answering\n"
    )


@pytest.mark.asyncio
async def test_a_run_without_browsers_keeps_nothing(tmp_path: Path) -> None:
    await BrowserRegistry().keep_evidence(tmp_path)
    assert list(tmp_path.iterdir()) == []
