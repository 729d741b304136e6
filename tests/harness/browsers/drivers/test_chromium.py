"""Chromium: a profile of its own, errors with their reason, emulated devices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Playwright, async_playwright

from harness.browsers.drivers.chromium import Chromium
from harness.core.errors import HarnessError, TargetNotReady
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it"),
]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


@pytest_asyncio.fixture
async def driver() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.mark.asyncio
async def test_two_browsers_share_nothing(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    async with (
        Chromium(CHROMIUM, processes, driver, logs=tmp_path) as one,
        Chromium(CHROMIUM, processes, driver, logs=tmp_path) as other,
    ):
        await one.set_cookies("http://127.0.0.1", {"session": "x"})
        assert len(await one.context.cookies("http://127.0.0.1")) == 1
        assert await other.context.cookies("http://127.0.0.1") == []
    assert tagged_processes(processes.tag) == []


@pytest.mark.asyncio
async def test_a_browser_that_ends_at_once_says_why(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\necho out of paint >&2\nexit 3\n")
    fake.chmod(0o755)
    with pytest.raises(TargetNotReady, match="out of paint"):
        await Chromium(fake, processes, driver, logs=tmp_path).__aenter__()
    assert tagged_processes(processes.tag) == []


@pytest.mark.asyncio
async def test_a_browser_that_never_opens_its_port_times_out(
    processes: Processes, driver: Playwright, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.browsers.drivers.chromium.START_TIMEOUT_S", 0.5)
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexec sleep 600\n")
    fake.chmod(0o755)
    with pytest.raises(HarnessError, match="opens its debugging port"):
        await Chromium(fake, processes, driver, logs=tmp_path).__aenter__()
    assert tagged_processes(processes.tag) == []


@pytest.mark.asyncio
async def test_an_emulated_device_has_its_size_and_says_that_it_is_emulated(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    chromium = Chromium(CHROMIUM, processes, driver, logs=tmp_path, device="Pixel 7")
    async with chromium as browser:
        page = await browser.open_page(lambda text: None)
        width = await page.evaluate("() => screen.width")
        assert width == driver.devices["Pixel 7"]["viewport"]["width"]
        assert "Pixel 7" in await page.evaluate("() => navigator.userAgent")
        assert browser.facts.kind == "emulated"
