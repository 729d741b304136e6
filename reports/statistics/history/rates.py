"""How often something fails, in a number of nights: a rate with its interval, not a label.

A failure after many passes is new; one of a cell that fails now and then is known. Which of the two
the last nights show follows from the nights before: with k failures of n the chance that the next
ones all fail is that of a Beta(½ + k, ½ + n - k) (Jeffreys). One failure among none is always new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from reports.statistics.share import share_interval

UNLIKELY = 0.05
"""A run of failures, or of passes, is news when the nights before made it less likely than this."""

State = Literal["new", "known", "flaky", "fixed", "passing", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRate:
    """``failed`` of ``n`` decided nights, the rate's exact 95 % interval, and what it comes to.

    ``new``: it fails since ``since`` (a place among the decided nights) and did not before, or much
    less often; ``known``: it fails always, or as often as before; ``flaky``: it passes now and
    fails now and then; ``fixed``: it passes since ``since`` and failed before; ``none``: nothing is
    decided. ``flips`` are changes between neighbours: one is a break, many are a flaky cell.
    """

    failed: int
    n: int
    low: float
    high: float
    flips: int
    state: State
    since: int | None


def failure_rate(fails: Sequence[bool]) -> FailureRate:
    """Return the failure rate of decided nights in time's order."""
    failed, n = sum(fails), len(fails)
    low, high = share_interval(failed, n)
    flips = sum(one != other for one, other in pairwise(fails))
    state, since = _state(fails)
    return FailureRate(
        failed=failed, n=n, low=low, high=high, flips=flips, state=state, since=since
    )


def _state(fails: Sequence[bool]) -> tuple[State, int | None]:
    if not fails:
        return "none", None
    run = next((i for i, one in enumerate(reversed(fails)) if one != fails[-1]), len(fails))
    since = len(fails) - run
    before = fails[:since]
    likely = chance_of_run(sum(one == fails[-1] for one in before), len(before), run)
    is_news = bool(before) and likely < UNLIKELY
    if fails[-1]:
        is_first = bool(before) and not any(before)
        return ("new", since) if is_first or is_news else ("known", since if before else None)
    if not any(fails):
        return "passing", None
    return ("fixed", since) if is_news else ("flaky", None)


def chance_of_run(count: int, n: int, run: int) -> float:
    """Return the chance that the next ``run`` nights are all like ``count`` of the ``n`` before."""
    chance = 1.0
    for more in range(run):
        chance *= (count + more + 0.5) / (n + more + 1.0)
    return chance
