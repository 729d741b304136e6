"""How long cells take: from earlier suites, from the committed table, or as their scenario says.

A cell that ran before takes as long as it did then (the median). One whose arm is new takes what
its scenario says, times what other arms of the scenario took of that. ``scenarios/durations.toml``
holds this ratio for a machine without earlier suites; ``harness profile DIR --durations`` prints
it.
"""

from __future__ import annotations

import contextlib
import statistics
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

import scenarios
from harness.core.errors import HarnessError
from harness.ledger.plan import PLAN_FILE, PlannedCell
from harness.ledger.rundir import arm_text
from reports.judging.profile import CellTime, profile_of

TABLE = Path(scenarios.__path__[0]) / "durations.toml"
SUITES_READ = 10
"""How many of the newest suites are looked at: older ones ran other code."""
START_S = 8.0
"""What a suite takes beside its cells: pytest's start and the first browser's."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Expected durations: of known cells in seconds, of others as a ratio to what was planned."""

    exact: Mapping[tuple[str, str], float] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)

    def of(self, cell: PlannedCell) -> float:
        """Return how many seconds a cell takes, whatever its seed."""
        plan = cell.plan
        known = self.exact.get((plan.scenario, arm_text(plan.arm)))
        return cell.about_s * self.ratios.get(plan.scenario, 1.0) if known is None else known


def committed() -> Durations:
    """Return the durations that are the same in every clone of a revision."""
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return Durations(ratios={name: float(ratio) for name, ratio in found["ratios"].items()})


def remembered(runs: Path) -> Durations:
    """Return the durations of the newest suites below a folder, else the committed ones.

    A suite that cannot be read is passed over.
    """
    cells = list(_earlier(runs))
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    for cell in cells:
        took[cell.scenario, cell.arm].append(cell.took_s)
    exact = {key: statistics.median(seconds) for key, seconds in took.items()}
    return Durations(exact=exact, ratios={**committed().ratios, **ratios_of(cells)})


def ratios_of(cells: Iterable[CellTime]) -> dict[str, float]:
    """Return scenario → what its complete cells took of what was planned (the median)."""
    found: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        if cell.complete and cell.planned_s:
            found[cell.scenario].append(cell.took_s / cell.planned_s)
    return {name: round(statistics.median(ratios), 2) for name, ratios in sorted(found.items())}


def timed(cells: Sequence[PlannedCell], durations: Durations) -> list[PlannedCell]:
    """Return the cells with how long each is expected to take; its limit stays what it was."""
    return [replace(cell, about_s=durations.of(cell)) for cell in cells]


def wall_s(cells: Sequence[PlannedCell], at_once: int) -> float:
    """Return how long the cells take together that can run, ``at_once`` of them at a time.

    Those that measure speed run alone.
    """
    runnable = [cell for cell in cells if cell.not_run is None]
    if not runnable:
        return 0.0
    beside = [cell.about_s for cell in runnable if not cell.exclusive]
    alone = sum(cell.about_s for cell in runnable if cell.exclusive)
    return START_S + alone + max(sum(beside) / at_once, max(beside, default=0.0))


def _earlier(runs: Path) -> Iterator[CellTime]:
    """Yield the complete cells of the newest suites below a folder."""
    with contextlib.suppress(OSError):
        suites = sorted(plan.parent for plan in runs.glob(f"*/{PLAN_FILE}"))
        for suite in [suite for suite in suites if not suite.is_symlink()][-SUITES_READ:]:
            with contextlib.suppress(HarnessError, OSError):
                yield from (cell for cell in profile_of(suite).cells if cell.complete)
