"""How many visits end, how long each is, and which options of the page an arm sets."""

from __future__ import annotations

from typing import Any

from harness.core.clock import seeded_random
from harness.ledger.rundir import Arm

ENDINGS = 8
SHORTEST_VIEWS, LONGEST_VIEWS = 1, 12
"""A visit ends after that number of views, four a second: within three seconds, as most do."""

_OPTIONS = {"flush_delay": ("flushDelayMs", 1000), "batch": ("maxBatchSize", 1)}
"""Factor of a load → the page's option that means the same, and how many of its units make one."""


def page_options(arm: Arm) -> dict[str, Any]:
    """Return the page's options for those of a load's factors that an arm has."""
    return {
        option: f"{float(arm[factor]) * units:g}"
        for factor, (option, units) in _OPTIONS.items()
        if factor in arm
    }


def views_of(seed: int) -> list[int]:
    """Return how many artworks are seen in each visit."""
    chance = seeded_random(seed, "lengths of visits")
    return [chance.randint(SHORTEST_VIEWS, LONGEST_VIEWS) for _ in range(ENDINGS)]
