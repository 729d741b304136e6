"""Screenshots, console and trace of a browser, kept beside the ledger to debug a failed cell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.browsers.base import Browser, Can, Page

DIRECTORY = "evidence"
MOST_SCREENSHOTS = 3
_LIMIT_S = 20.0
_SCREENSHOT_TIMEOUT_S = 5.0


async def screenshot_of(page: Page) -> bytes | None:
    """Return a screenshot as PNG, or None if there is none; never raises.

    None for a hidden page: bringing it to the front would fire an event in it.
    """
    with contextlib.suppress(Exception):  # also what Playwright raises once its driver has died
        async with asyncio.timeout(_SCREENSHOT_TIMEOUT_S):
            if not await page.evaluate("() => document.hidden"):
                return await page.screenshot()
    return None


async def keep_evidence(
    run: Path, browser: Browser, pages: Sequence[Page], screenshots: Sequence[bytes] = ()
) -> None:
    """Write screenshots, console and trace into the run's directory; never raises.

    ``screenshots`` are of tabs that were closed, ``pages`` are still open.

    A dead browser leaves only some of it. A passing cell's evidence is deleted when it is judged.
    """
    where = run / DIRECTORY
    with contextlib.suppress(Exception):
        where.mkdir(exist_ok=True)
        async with asyncio.timeout(_LIMIT_S):
            lines = await browser.console()
            if lines:
                (where / "console.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
            room = max(0, MOST_SCREENSHOTS - len(screenshots))
            current = [await screenshot_of(page) for page in pages[:room]]
            kept = [*screenshots, *(one for one in current if one)]
            for number, screenshot in enumerate(kept[:MOST_SCREENSHOTS], 1):
                (where / f"screenshot-{number}.png").write_bytes(screenshot)
            if Can.TRACE in browser.can:
                await browser.stop_trace(str(where / "trace.zip"))
