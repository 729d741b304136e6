"""Selecting cells of a plan: by their names, by what failed last, by shard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from harness.compose.scheduling.rotation import key_of
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell, WhyNot
from reports.judging.judge import JudgedSuite
from reports.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` parts of a suite, numbered from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that ``K/N`` names. Raises UsageError."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(
                f"--shard {text} is no part of a suite",
                hint="Write K/N with 1 ≤ K ≤ N: --shard 2/3",
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def matching(cells: Sequence[PlannedCell], pattern: str) -> list[PlannedCell]:
    """Return the cells in whose name the regular expression is found, whatever its case.

    A name is ``scenario [factor=level,…] seed N``. Raises UsageError for no expression, and when
    it is found in none.
    """
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"--grep {pattern} is no regular expression: {error}") from error
    found = [cell for cell in cells if wanted.search(key_of(cell))]
    if not found:
        raise UsageError(
            f"--grep {pattern} fits none of {len(cells)} cells",
            hint="A cell's name is `first_visit [browser=chromium,preset=durable] seed 1`",
        )
    return found


def failed_in(judged: JudgedSuite) -> set[str]:
    """Return the names of the cells that count against a suite: failed or undecided."""
    return {
        cell.name
        for cell in judged.suite.cells
        if cell.verdict in (Verdict.FAIL, Verdict.UNKNOWN) and not cell.failed_as_expected
    }


def of_names(cells: Sequence[PlannedCell], names: set[str], suite: Path) -> list[PlannedCell]:
    """Return the cells of these names. Raises UsageError when one of them is not planned.

    To leave one out would look as if it were fixed.
    """
    found = [cell for cell in cells if key_of(cell) in names]
    if lost := sorted(names - {key_of(cell) for cell in found}):
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise UsageError(
            f"--last-failed: {lost[0]}{more} failed in {suite} and is not in this plan",
            hint="Repeat the options of that suite; its report shows the command of each cell",
        )
    return found


def shards_of(
    cells: Sequence[PlannedCell], count: int, seconds: Mapping[str, float]
) -> dict[str, int]:
    """Return cell, by its name → the number of its shard.

    ``seconds`` is how long each takes, by name; every machine must use the same, for all must
    come to the same parts. The longest cells go first, each to the shard that has least so far;
    those that measure speed are spread by themselves, because they run alone. Cells that exist on
    no machine are in no shard.
    """
    at: dict[str, int] = {}
    loads = [0.0] * count
    for alone in (True, False):
        part = [cell for cell in cells if cell.exclusive is alone and may_run(cell)]
        for cell in sorted(part, key=lambda one: (-seconds[key_of(one)], key_of(one))):
            least = min(range(count), key=lambda number: (loads[number], number))
            loads[least] += seconds[key_of(cell)]
            at[key_of(cell)] = least + 1
    return at


def of_shard(
    cells: Sequence[PlannedCell], shard: Shard, at: Mapping[str, int]
) -> list[PlannedCell]:
    """Return all cells, those of other shards as not run; ``at`` says where each of them is."""
    return [
        cell
        if at.get(key_of(cell), shard.number) == shard.number
        else _elsewhere(cell, at[key_of(cell)], shard.count)
        for cell in cells
    ]


def may_run(cell: PlannedCell) -> bool:
    """Return whether a machine with all parts could run a cell."""
    return cell.not_run is None or cell.not_run.kind == "missing"


def _elsewhere(cell: PlannedCell, number: int, count: int) -> PlannedCell:
    return replace(cell, not_run=WhyNot(kind="budget", reason=f"it is in shard {number}/{count}"))
