"""What is kept of a browser beside the ledger, for people who look into a red cell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.browsers.base import Browser, Can, Page
from harness.core.errors import HarnessError

DIRECTORY = "evidence"
MOST_SCREENSHOTS = 3
_LIMIT_S = 20.0
_PICTURE_S = 5.0


async def picture_of(page: Page) -> bytes | None:
    """Return what is to be seen, as PNG, or None; never raises.

    Of a hidden page there is none: to bring it to the front would be one more event for it.
    """
    with contextlib.suppress(HarnessError, TimeoutError):
        async with asyncio.timeout(_PICTURE_S):
            if not await page.evaluate("() => document.hidden"):
                return await page.screenshot()
    return None


async def keep_evidence(
    run: Path, browser: Browser, pages: Sequence[Page], pictures: Sequence[bytes] = ()
) -> None:
    """Keep screenshots, console and trace in the run's directory; never raises.

    ``pictures`` are of tabs that were closed, ``pages`` are open still.

    A browser that is dead gives what it can. A passing cell's is deleted when it is judged.
    """
    where = run / DIRECTORY
    with contextlib.suppress(HarnessError, OSError, TimeoutError):
        where.mkdir(exist_ok=True)
        async with asyncio.timeout(_LIMIT_S):
            lines = await browser.console()
            if lines:
                (where / "console.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
            room = max(0, MOST_SCREENSHOTS - len(pictures))
            living = [await picture_of(page) for page in pages[:room]]
            found = [*pictures, *(picture for picture in living if picture)]
            for number, picture in enumerate(found[:MOST_SCREENSHOTS], 1):
                (where / f"screenshot-{number}.png").write_bytes(picture)
            if Can.TRACE in browser.can:
                await browser.stop_trace(str(where / "trace.zip"))
