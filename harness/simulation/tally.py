"""What came of simulated walks: counts, findings, the walks that failed, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.verdict.verdict import Verdict

ENOUGH_WALKS = 10_000
"""From this number of walks on, every interesting state must have occurred."""
_SIGMAS = 5.0
_SLACK_SHARE = 0.03
"""A retry's number in a row is counted from outside, and off by one now and then."""
_EVEN_DEVIATION = math.sqrt(1 / 12)
_FEWEST_RETRIES = 100
KEPT_WALKS = 20


@dataclass(slots=True)
class Found:
    """A check that failed: in how many walks, and the number of the first."""

    walks: int = 0
    first: int = 0
    why: str = ""


@dataclass(slots=True)
class Pauses:
    """The pauses before nth retries in a row, as shares of the longest that the rules allow."""

    count: int = 0
    total: float = 0.0
    over: int = 0


@dataclass(slots=True)
class Tally:
    """What came of all walks so far. ``states``: interesting state → walks that were in it."""

    walks: int = 0
    events: int = 0
    failed: int = 0
    hits: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    checks: dict[str, Found] = field(default_factory=dict)
    failing: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[Pauses] = field(default_factory=list)

    def add(self, part: Mapping[str, Any]) -> None:
        """Add what came of some more walks, as ``Engine.many`` returns it."""
        self.walks += part["walks"]
        self.events += part["events"]
        self.failed += part["failed"]
        self.hits += part["hits"]
        for mine, more in ((self.fates, part["fates"]), (self.states, part["states"])):
            for name, count in more.items():
                mine[name] = mine.get(name, 0) + count
        for name, found in part["checks"].items():
            known = self.checks.setdefault(name, Found(first=found["first"]))
            known.walks += found["walks"]
            known.first = min(known.first, found["first"])
        for place, row in enumerate(part["backoff"]):
            if place == len(self.pauses):
                self.pauses.append(Pauses())
            self.pauses[place].count += row["count"]
            self.pauses[place].total += row["sum"]
            self.pauses[place].over += row["over"]
        merged = sorted([*self.failing, *part["failing"]], key=lambda one: one["walk"]["number"])
        self.failing = merged[:KEPT_WALKS]

    def judge_pauses(self) -> None:
        """Add the finding ``backoff`` where pauses do not double or are not drawn evenly.

        One walk has too few retries to tell; all of them together have enough.
        """
        for number, row in enumerate(self.pauses):
            if row.count < _FEWEST_RETRIES:
                continue
            mean = row.total / row.count
            allowed = _SIGMAS * _EVEN_DEVIATION / math.sqrt(row.count) + _SLACK_SHARE
            if abs(mean - 0.5) > allowed or row.over > 0.05 * row.count:
                why = f"retry {number + 1} in a row comes after {mean:.0%} of its longest pause"
                found = self.checks.setdefault("backoff", Found())
                found.why = found.why or f"{why} on average, not after half ({row.count} retries)"

    @property
    def never_seen(self) -> Sequence[str]:
        """Return the interesting states in which no walk was, of enough walks."""
        if self.walks < ENOUGH_WALKS:
            return ()
        return [name for name, count in self.states.items() if not count]

    @property
    def verdict(self) -> Verdict:
        """Return ``fail`` if a check failed; ``unknown`` if the walks prove too little."""
        if self.checks:
            return Verdict.FAIL
        if self.walks == 0 or self.never_seen:
            return Verdict.UNKNOWN
        return Verdict.PASS

    @property
    def names(self) -> frozenset[str]:
        """Return the fates that are not harmless and the checks that failed."""
        harmful = {
            "lost_acked",
            "lost_unacked",
            "undelivered",
            "phantom",
            "duplicate_stored",
            "corrupt",
        }
        fates = {name for name in self.fates if name in harmful}
        return frozenset(self.checks) | (fates if self.checks else frozenset())
