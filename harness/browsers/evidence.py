"""Screenshots, console, trace and network log of browsers, kept to debug a failed cell.

They lie beside the ledger. What a browser or its driver does not give is named in ``missing.txt``
with the reason, so that nothing looks as if it had been forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from harness.browsers.base import Browser, Can, Page

DIRECTORY = "evidence"
MISSING_FILE = "missing.txt"
MOST_SCREENSHOTS = 3
_LIMIT_S = 20.0
_SCREENSHOT_TIMEOUT_S = 5.0
_REASON_MAX = 300

Keep = Callable[[], Awaitable[str]]
"""Keeps one kind of evidence; returns why there is none, empty where there is some."""


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
    run: Path, browsers: Sequence[Browser], pages: Sequence[Page], screenshots: Sequence[bytes] = ()
) -> None:
    """Write what there is into the run's directory, and what is missing and why; never raises.

    ``screenshots`` are of tabs that were closed, ``pages`` are still open. The files of a second
    browser end in ``-2``. A passing cell's evidence is deleted when it is judged.
    """
    where = run / DIRECTORY
    with contextlib.suppress(Exception):
        where.mkdir(exist_ok=True)
        kept: dict[str, Keep] = {"screenshot": lambda: _screenshots(where, pages, screenshots)}
        for number, browser in enumerate(browsers, 1):
            kept |= _of_browser(where, browser, "" if number == 1 else f"-{number}")
        until = asyncio.get_running_loop().time() + _LIMIT_S
        found = {name: await _why(keep, until) for name, keep in kept.items()}
        missing = [f"{name}: {why}" for name, why in found.items() if why]
        if missing:
            (where / MISSING_FILE).write_text("\n".join(missing) + "\n", encoding="utf-8")


async def _why(keep: Keep, until: float) -> str:
    """Return why there is no evidence of a kind, empty where there is; ``until`` is of the loop."""
    try:
        async with asyncio.timeout_at(until):
            return await keep()
    except TimeoutError:
        return f"all evidence together took more than {_LIMIT_S:.0f} s"
    except Exception as error:  # also what Playwright raises once its driver has died
        reason = " ".join(str(error).split())[:_REASON_MAX]
        return reason or type(error).__name__


def _of_browser(where: Path, browser: Browser, suffix: str) -> dict[str, Keep]:
    driver = f"the driver of {browser.facts.name}"

    async def console() -> str:
        lines = await browser.console()
        if lines:
            text = "\n".join(lines) + "\n"
            (where / f"console{suffix}.txt").write_text(text, "utf-8", "backslashreplace")
            return ""
        has_one = Can.TRACE in browser.can
        return "the pages printed nothing" if has_one else f"{driver} has no access to it"

    async def trace() -> str:
        if Can.TRACE not in browser.can:
            return f"{driver} records none"
        await browser.stop_trace(str(where / f"trace{suffix}.zip"))
        return ""

    async def network() -> str:
        if Can.TRACE not in browser.can:
            return f"{driver} reports no requests"
        entries = await browser.requests()
        if entries:
            (where / f"network{suffix}.har").write_text(_har(entries), "utf-8")
        return "" if entries else "the pages made no request"

    return {f"console{suffix}": console, f"trace{suffix}": trace, f"network{suffix}": network}


async def _screenshots(where: Path, pages: Sequence[Page], earlier: Sequence[bytes]) -> str:
    room = max(0, MOST_SCREENSHOTS - len(earlier))
    current = [await screenshot_of(page) for page in pages[:room]]
    kept = [*earlier, *(one for one in current if one)]
    for number, screenshot in enumerate(kept[:MOST_SCREENSHOTS], 1):
        (where / f"screenshot-{number}.png").write_bytes(screenshot)
    return "" if kept else "no page was open, visible and answering"


def _har(entries: Sequence[dict[str, Any]]) -> str:
    """Return requests as an HTTP Archive 1.2, which browsers' developer tools open."""
    creator = {"name": "impression-harness", "version": "1"}
    log = {"version": "1.2", "creator": creator, "entries": list(entries)}
    return json.dumps({"log": log}, indent=1) + "\n"
