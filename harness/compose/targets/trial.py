"""How a part of a target file fared, and how [page] and [telemetry] do: a browser looks at one
artwork, and truth must show that view."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from harness.browsers.base import Page
from harness.browsers.catalogue import entry_of
from harness.browsers.pool import BrowserPool
from harness.core.clock import now
from harness.core.errors import HarnessError
from harness.process.processes import Processes
from harness.run.page_proof import (
    HINT,
    NAMED,
    NOT_STORED,
    Unasked,
    looked_at,
    unasked_views,
    when_stored,
)
from harness.setup.machine import ThisMachine
from harness.target.page import PageContract
from harness.target.system import System
from harness.target.target import Site
from harness.witnesses.truth.witness import GRACE_S

BROWSER = "chromium"
ALONE_S = 6.0
"""For how long the page is left alone before an artwork is looked at: longer than a run has, for a
page that shows its artworks in turn."""


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
    pool: Sequence[str],
    stored: Callable[[], Awaitable[AbstractSet[str]]],
) -> AsyncIterator[TrialStep]:
    """Yield how [page] fares, and [telemetry] where the file has one.

    ``pool`` are artworks of which nothing is stored for the user yet; ``stored`` returns those of
    which truth shows a view of the user's.
    """
    missing = [fix for part in entry_of(BROWSER).parts if (fix := ThisMachine().fix(part))]
    if missing:
        yield TrialStep("[page]", State.NOT_TRIED, f"{BROWSER} is not here: `{missing[0]}` helps")
        return
    within_s, url = site.settle_s + GRACE_S, site.direct_url
    left_for = f"{url}{system.dialect.health_path}"
    browsers = BrowserPool(processes, directory / "logs")
    try:
        async with browsers.lend(BROWSER, url) as browser:
            idle = await looked_at(browser, system, site, url, user, pool, idle_s=ALONE_S)
            began = now().mono_ns
            when = await when_stored(idle, stored, within_s=within_s, left_for=left_for)
            if not when:
                yield TrialStep("[page]", State.FAILS, f"it {NOT_STORED}. {HINT}")
                return
            took_s = (now().mono_ns - began) / 1e9
            unasked = await unasked_views(idle, stored, left_for=left_for)
            seen = f"{BROWSER} looked at {idle.artwork}, and the view is stored"
            yield _of_page(f"{seen} after {took_s:.1f} s, {when}", unasked)
            if system.page.lists_queue or system.page.owner:
                again = [one for one in pool if one != idle.artwork]
                idle = await looked_at(browser, system, site, url, user, again, idle_s=0)
                yield await _telemetry(system.page, idle.page, user)
    except HarnessError as error:
        yield TrialStep("[page]", State.FAILS, error.line)
    finally:
        await browsers.close()


def _of_page(seen: str, unasked: Unasked) -> TrialStep:
    """Return how a page fared that stored what was looked at, and maybe more."""
    if unasked.refusal:
        return TrialStep("[page]", State.FAILS, f"it {unasked.refusal}. {unasked.hint}")
    if unasked.invented:
        named = ", ".join(unasked.invented[:NAMED])
        beside = f"so are {named}, which were not seen on the screen: runs call that `phantom`"
        return TrialStep("[page]", State.DOUBTFUL, f"{seen}; {beside}")
    return TrialStep("[page]", State.WORKS, f"{seen}, and nothing else is")


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
