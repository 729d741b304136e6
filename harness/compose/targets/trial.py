"""How a part of a target file fared, and how [page] and [telemetry] do: a browser looks at one
artwork, and truth must show that view."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from harness.browsers.base import Page
from harness.browsers.catalogue import entry_of
from harness.browsers.pool import BrowserPool
from harness.core.clock import now
from harness.core.errors import HarnessError
from harness.process.processes import Processes
from harness.run.page_proof import HINT, NOT_STORED, WHEN_LEFT, looked_at, when_stored
from harness.setup.machine import ThisMachine
from harness.target.page import PageContract
from harness.target.system import System
from harness.target.target import Site
from harness.witnesses.truth.witness import GRACE_S

BROWSER = "chromium"


class State(enum.Enum):
    """How a part fared; the value is the word that is printed."""

    WORKS = "works"
    DOUBTFUL = "look here"
    FAILS = "fails"
    NOT_TRIED = "not tried"


class TrialStep(NamedTuple):
    """One part, how it fared, what was seen, and lines that show it."""

    part: str
    state: State
    seen: str
    lines: tuple[str, ...] = ()


async def try_page(
    system: System,
    site: Site,
    processes: Processes,
    directory: Path,
    user: str,
    artwork: str,
    is_stored: Callable[[], Awaitable[bool]],
) -> AsyncIterator[TrialStep]:
    """Yield how [page] fares, and [telemetry] where the file has one.

    ``is_stored`` returns whether truth shows the user's view of the artwork.
    """
    missing = [fix for part in entry_of(BROWSER).parts if (fix := ThisMachine().fix(part))]
    if missing:
        yield TrialStep("[page]", State.NOT_TRIED, f"{BROWSER} is not here: `{missing[0]}` helps")
        return
    within_s = site.settle_s + GRACE_S
    pool = BrowserPool(processes, directory / "logs")
    began = now().mono_ns
    try:
        async with pool.lend(BROWSER, site.direct_url) as browser:
            page = await looked_at(browser, system, site, site.direct_url, user, artwork)
            left_for = f"{site.direct_url}{system.dialect.health_path}"
            when = await when_stored(page, is_stored, within_s=within_s, left_for=left_for)
            if not when:
                yield TrialStep("[page]", State.FAILS, f"it {NOT_STORED}. {HINT}")
                return
            took_s = (now().mono_ns - began) / 1e9
            seen = f"{BROWSER} looked at {artwork}, and the view is stored after {took_s:.1f} s"
            yield TrialStep("[page]", State.WORKS, f"{seen}, {when}")
            if when == WHEN_LEFT:
                page = await looked_at(browser, system, site, site.direct_url, user, artwork)
            if system.page.lists_queue or system.page.owner:
                yield await _telemetry(system.page, page, user)
    except HarnessError as error:
        yield TrialStep("[page]", State.FAILS, error.line)
    finally:
        await pool.close()


async def _telemetry(contract: PageContract, page: Page, user: str) -> TrialStep:
    """Return what the page's functions return; an owner that is not the user who signed in, or a
    queue that is no list, would decide wrongly."""
    seen, wrong = [], False
    try:
        if contract.lists_queue:
            queue = await page.evaluate(contract.pending)
            wrong |= not isinstance(queue, list)
            seen.append(f"pending returns {queue!r:.60}")
        if contract.owner:
            owner = await page.evaluate(contract.owner)
            wrong |= owner != user
            seen.append(f"owner returns {owner!r:.60}, signed in is {user!r}")
    except HarnessError as error:
        return TrialStep("[telemetry]", State.FAILS, error.line)
    return TrialStep("[telemetry]", State.FAILS if wrong else State.WORKS, "; ".join(seen))
