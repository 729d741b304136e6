"""A person with a phone: `harness device` as a process, and a browser that does as it is asked."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from harness.browsers.drivers.chromium import Chromium
from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.setup import find_chromium
from tests import ROOT
from tests.harness.cli.shell import ARGV

STEP_TIMEOUT_S = 90.0
"""What a step may take on a machine that is busy with something else; a quiet one needs seconds."""

_LINK = re.compile(r"http://\S+/harness/i/\S+")


class Command:
    """`harness device`, running; what it says is in files."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.out = directory / "runs"
        self._errors = directory / "stderr"
        self._output = directory / "stdout"
        with self._errors.open("wb") as errors, self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*ARGV, "device", "--out", str(self.out), *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env={**os.environ, "NO_COLOR": "1"},
            )

    @property
    def errors(self) -> str:
        """Return its talk so far."""
        return self._errors.read_text()

    @property
    def output(self) -> str:
        """Return its result so far."""
        return self._output.read_text()

    async def link(self) -> str:
        """Return the link for the device."""
        await wait_until("there is a link", lambda: _LINK.search(self.errors), timeout_s=60)
        found = _LINK.search(self.errors)
        assert found
        return found[0]

    async def until_printed(self, words: str, timeout_s: float = STEP_TIMEOUT_S) -> None:
        """Wait until it has printed something."""
        await wait_until(f"it printed {words!r}", lambda: words in self.errors, timeout_s=timeout_s)

    async def ended(self, timeout_s: float = 120) -> int:
        """Wait for its end; return the exit code."""
        await wait_until(
            "it has ended", lambda: self.process.poll() is not None, timeout_s=timeout_s
        )
        return int(self.process.returncode)


@asynccontextmanager
async def device_command(directory: Path, *arguments: str) -> AsyncIterator[Command]:
    """Run it for the length of the block."""
    command = Command(directory, *arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.send_signal(signal.SIGINT)
            await asyncio.to_thread(command.process.wait, 120)


class Phone:
    """A browser that pretends to be a phone, and a person who reads and taps."""

    def __init__(self, browser: Chromium) -> None:
        self._browser = browser
        self.guide: Page

    async def open(self, link: str) -> None:
        """Open the link."""
        self._browser.context.set_default_timeout(STEP_TIMEOUT_S * 1000)
        page = await self._browser.open_page(lambda text: None)
        self.guide = page.driven
        await self.guide.goto(link)

    async def open_step(self) -> Page:
        """Tap the link to the test page when it is there; return the page."""
        await self.guide.bring_to_front()
        await self.guide.locator("#open").wait_for()
        async with self._browser.context.expect_page() as opened:
            await self.guide.locator("#open").click()
        page = await opened.value
        await page.locator("#big").wait_for()
        return page

    async def obey(self, page: Page) -> str:
        """Do what the page says until it says to close it; return its last words."""
        heard: list[str] = []

        async def read() -> bool:
            asked = str(await page.locator("#big").text_content())
            if asked != (heard[-1] if heard else ""):
                heard.append(asked)
                if asked == "Read this first":
                    await page.get_by_role("button", name="I am ready").click()
                elif asked == "Switch to another app now":
                    await self.guide.bring_to_front()
                    # Polled by a timer: a page that is just being hidden draws no frame any more.
                    await page.wait_for_function("document.hidden", polling=100)
                    await page.bring_to_front()
            return asked in ("Now close this tab", "This step is over")

        await wait_until("the page says to close it", read, timeout_s=STEP_TIMEOUT_S)
        return heard[-1]

    async def step(self) -> None:
        """Do a whole step."""
        page = await self.open_step()
        await self.obey(page)
        await page.close()


@asynccontextmanager
async def phone(directory: Path, device: str = "Pixel 7") -> AsyncIterator[Phone]:
    """Lend a phone for the length of the block."""
    binary = find_chromium()
    assert binary is not None
    with Processes() as processes:
        async with (
            async_playwright() as driver,
            Chromium(binary, processes, driver, logs=directory, device=device) as browser,
        ):
            yield Phone(browser)
