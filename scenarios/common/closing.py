"""How many tabs a case about closing closes, and how: right after the last view."""

from __future__ import annotations

from harness.browsers.base import Closing
from harness.ledger.rundir import Arm
from harness.run.run import Run

CLOSES = 10
"""Tabs that are closed in a case that asks about closing."""

LUCKY_CLOSES = 40
"""Tabs that Firefox closes there under the roadmap's recorder: what that loses is a matter of luck,
and a verdict must not be. Of what leaves in pagehide Firefox dropped 15 to 70 in a hundred, by the
run: that it drops none of forty has a chance of 0.2 % at most."""

HIDDEN_CLOSES = 20
"""As many where the tabs were hidden before: of these Firefox dropped half and more."""

LAST_WORDS_S = 2.0
"""So long a fault outlives the last tab that is closed into it: what the browser still sends for
that tab must not find the line repaired."""


def is_firefox(arm: Arm) -> bool:
    """Return whether it is a Firefox, of whatever make."""
    return arm["browser"].startswith("firefox")


def closes_in(arm: Arm, *, lucky: int = LUCKY_CLOSES) -> int:
    """Return how many tabs are closed where closing is the question: ``lucky`` where it is luck.

    Luck is what Firefox drops, and only the roadmap's recorder loses by it.
    """
    return lucky if arm["preset"] == "roadmap" and is_firefox(arm) else CLOSES


def closing_s(arm: Arm, *, lucky: int = LUCKY_CLOSES) -> float:
    """Return how many seconds such a case takes: a tab a second."""
    return 10.0 + closes_in(arm, lucky=lucky)


async def close_each_at_once(
    run: Run, how: Closing = Closing.DEFAULT, *, closes: int | None = None, **options: str
) -> None:
    """Open tabs one after the other, look at two artworks in each and close it at once."""
    count = closes_in(run.plan.arm) if closes is None else closes
    artworks = iter(run.artworks(2 * count))
    for _ in range(count):
        by_script = how is Closing.SCRIPT
        tab = await run.visitors.open_tab(user="", behind=False, by_script=by_script, **options)
        await tab.look_at(next(artworks), next(artworks))
        await run.visitors.close_tab(tab, how)
