"""What is kept of a browser beside the ledger, for whoever looks into a red cell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.browsers.base import Browser, Can, Page
from harness.errors import HarnessError

DIRECTORY = "evidence"
MOST_SCREENSHOTS = 3
_LIMIT_S = 20.0


async def keep_evidence(run: Path, browser: Browser, pages: Sequence[Page]) -> None:
    """Keep screenshots, console and trace in the run's directory; never raises.

    A browser that is dead gives what it can. Whoever judges the run throws a passing cell's away.
    """
    where = run / DIRECTORY
    with contextlib.suppress(HarnessError, OSError, TimeoutError):
        where.mkdir(exist_ok=True)
        async with asyncio.timeout(_LIMIT_S):
            lines = await browser.console()
            if lines:
                (where / "console.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
            for number, page in enumerate(pages[:MOST_SCREENSHOTS], 1):
                with contextlib.suppress(HarnessError):
                    if await page.evaluate("() => document.hidden"):
                        continue  # to bring it to the front would be one more event for it
                    picture = await page.screenshot()
                    (where / f"screenshot-{number}.png").write_bytes(picture)
            if Can.TRACE in browser.can:
                await browser.stop_trace(str(where / "trace.zip"))
