"""Visits that end at a random moment: how long each look lasts, and the options of the page."""

from __future__ import annotations

from typing import Any

from harness.core.clock import seeded_random
from harness.ledger.rundir import Arm

ENDINGS = 6
VIEWS_MOST = 5
LOOKS_S = (0.2, 2.5)
"""How long a visitor looks at an artwork, at least and at most: shorter and longer than the delays
that are compared."""
_ABOUT_S = ENDINGS * VIEWS_MOST / 2 * sum(LOOKS_S) / 2
"""How long all visits last on average, the last look of each cut in half."""
_AROUND_S = 5.0
_RELOAD_S = 1.7
"""What is beside the visits, and what a page without a journal takes to come back from a crash, as
measured."""

_OPTIONS = {"flush_delay": ("flushDelayMs", 1000), "batch": ("maxBatchSize", 1)}
"""Factor of a load → the page's option that means the same, and how many of its units make one."""


def page_options(arm: Arm) -> dict[str, Any]:
    """Return the page's options for those of a load's factors that an arm has."""
    return {
        option: f"{float(arm[factor]) * units:g}"
        for factor, (option, units) in _OPTIONS.items()
        if factor in arm
    }


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    is_slow = arm.get("ends") == "crash" and arm.get("preset") == "roadmap"
    return _ABOUT_S + _AROUND_S + (ENDINGS * _RELOAD_S if is_slow else 0.0)


def visits_of(seed: int) -> list[list[float]]:
    """Return the visits of a slot: for how many seconds each artwork is looked at in each of them.

    The last look of a visit is cut short, at a moment that is as likely as any other.
    """
    chance = seeded_random(seed, "visits")
    visits = []
    for _ in range(ENDINGS):
        looks = [chance.uniform(*LOOKS_S) for _ in range(chance.randint(1, VIEWS_MOST))]
        visits.append([*looks[:-1], chance.uniform(0, looks[-1])])
    return visits
