"""What a page costs its browser, measured in a real Chromium on pages that cost it on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from harness.browsers.base import Can, Page
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.page_work import work_of
from harness.core.wait import wait_until
from harness.ledger.kinds.activity import PageFigureName
from harness.process.processes import Processes
from harness.setup import find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it"),
    pytest.mark.asyncio,
]
PAGE = "data:text/html,<p id=below style='height:200px;background:red'>below</p>"
BUSY_S = """() => new Promise((resolve) => setTimeout(() => {
  const end = performance.now() + 120;
  while (performance.now() < end);
  resolve();
}, 0))"""
FRAMES = """() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 0))))"""
BANNER = """() => {
  const banner = document.createElement("p");
  banner.style.height = "100px";
  document.body.prepend(banner);
}"""
OVERLAY = """() => {
  const overlay = document.createElement("p");
  overlay.style = "position:fixed;bottom:0;left:0;height:100px;background:blue";
  overlay.textContent = "over";
  document.body.prepend(overlay);
}"""


@pytest_asyncio.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    assert CHROMIUM is not None
    async with async_playwright() as driver:
        with Processes() as processes:
            async with Chromium(CHROMIUM, processes, driver, logs=tmp_path) as browser:
                assert Can.MAIN_THREAD in browser.can
                opened = await browser.open_page(lambda text: None)
                await opened.go(PAGE)
                await opened.evaluate(FRAMES)
                yield opened


async def shifts_of(page: Page, change: str) -> dict[PageFigureName, float]:
    before = await work_of(page)
    await page.evaluate(change)
    await page.evaluate(FRAMES)
    after = await work_of(page)
    return {name: after[name] - before[name] for name in after}


async def test_a_long_task_and_the_main_thread_s_time_are_seen(page: Page) -> None:
    before = await work_of(page)
    await page.evaluate(BUSY_S)

    async def is_seen() -> bool:
        return (await work_of(page))["long_tasks"] > before["long_tasks"]

    await wait_until("the long task is reported", is_seen, timeout_s=30)
    after = await work_of(page)
    assert after["long_task_s"] - before["long_task_s"] >= 0.119
    assert after["main_thread_s"] - before["main_thread_s"] >= 0.1
    assert after["script_s"] - before["script_s"] >= 0.1


async def test_what_pushes_the_layout_down_is_a_shift_and_what_lies_over_it_is_none(
    page: Page,
) -> None:
    overlay = await shifts_of(page, OVERLAY)
    assert (overlay["layout_shifts"], overlay["layout_shift_score"]) == (0.0, 0.0)
    banner = await shifts_of(page, BANNER)
    assert banner["layout_shifts"] >= 1
    assert banner["layout_shift_score"] > 0.001
    assert banner["layout_s"] > 0
    assert (await shifts_of(page, "() => {}"))["layout_shifts"] == 0
