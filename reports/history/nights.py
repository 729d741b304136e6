"""The nights of a suite, and stretches of them in the same environment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.core.types import Floats
from reports.history.record import Night

NOTHING = "not recorded"
DECIDED = ("pass", "fail")

Cells = Mapping[tuple[str, str], Sequence[Sequence[CellFacts]]]
"""(scenario, arm) → the cells of all seeds, night by night."""


def nights_of(suites: Sequence[tuple[str, SuiteFacts]]) -> tuple[Night, ...]:
    """Return the nights, each (digest, facts) in the order of their starts."""
    found: list[Night] = []
    before: Mapping[str, str] | None = None
    for digest, facts in suites:
        canary = float(np.median(facts.canary_ms)) if facts.canary_ms else None
        found.append(
            Night(
                digest=digest,
                started=facts.started,
                revision=facts.revision,
                verdict=facts.verdict,
                interrupted=facts.interrupted,
                canary_ms=canary,
                boundary=differences(before, facts.environment) if before is not None else (),
            )
        )
        before = facts.environment
    return tuple(found)


def cells_of(suites: Sequence[tuple[str, SuiteFacts]]) -> Cells:
    """Return the cells of every scenario and arm, night by night; a night without any is empty."""
    found: dict[tuple[str, str], list[list[CellFacts]]] = {}
    for number, (_, facts) in enumerate(suites):
        for cell in facts.cells:
            key = cell.scenario, cell.arm
            found.setdefault(key, [[] for _ in suites])[number].append(cell)
    return found


def differences(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[str, ...]:
    """Return what differs between two environments, ``what: before → after``."""
    names = dict.fromkeys((*a, *b))
    pairs = [(name, a.get(name, NOTHING), b.get(name, NOTHING)) for name in names]
    return tuple(f"{name}: {one} → {other}" for name, one, other in pairs if one != other)


def boundaries_of(nights: Sequence[Night], cells: Sequence[Sequence[CellFacts]]) -> tuple[int, ...]:
    """Return the nights with which another environment begins for a cell: the suite's, or its
    browser. A night on which it did not run changes nothing of its own."""
    found = {number for number, night in enumerate(nights) if night.boundary}
    before = ""
    for number, own in enumerate(cells):
        browsers = ", ".join(sorted({cell.browser for cell in own if cell.browser}))
        if browsers and before and browsers != before:
            found.add(number)
        before = browsers or before
    return tuple(sorted(found))


def stretches(length: int, boundaries: Iterable[int]) -> list[range]:
    """Return the stretches of nights between boundaries."""
    edges = [0, *(one for one in sorted(boundaries) if 0 < one < length), length]
    return [range(a, b) for a, b in pairwise(edges) if a < b]


def values_of(cells: Sequence[Sequence[CellFacts]], figure: str) -> Floats:
    """Return a figure night by night, the median of its seeds; NaN where no decided cell has it."""
    found = []
    for own in cells:
        known = [
            cell.figures[figure]
            for cell in own
            if cell.verdict in DECIDED and figure in cell.figures
        ]
        # Most cells have one seed, and numpy's median of one value takes as long as the rest.
        found.append(known[0] if len(known) == 1 else float(np.median(known or [math.nan])))
    return np.array(found, dtype=np.float64)


def is_expected(cell: CellFacts) -> bool:
    """Return whether a cell failed just as it was known to."""
    return cell.verdict == "fail" and not cell.gates
