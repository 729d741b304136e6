"""Resuming a suite that was cut short: by the plan that it had, in the directory that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import HarnessError, UsageError
from harness.ledger import door
from harness.ledger.plan import PLAN_FILE, PlannedCell, SuitePlan
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_end, read_plan

ASIDE = "cut-short"
"""Where runs that were cut short are kept, beside ``cells``."""
_SAME = ("harness", "revision")


def resumable(directory: Path, versions: Mapping[str, str]) -> SuitePlan:
    """Return the plan of a suite. Raises UsageError for no suite, and one of another revision."""
    if not door.is_there(directory, PLAN_FILE):
        raise UsageError(f"--resume {directory} is no suite", hint="`runs/latest` is the newest")
    plan = read_plan(directory)
    for fact in _SAME:
        then, today = plan.facts.get(fact, ""), versions.get(fact, "")
        if then != today:
            raise UsageError(
                f"--resume {directory}: it was begun by {fact} {then or '–'}, this is {today}",
                hint="Check that revision out, or run the suite anew",
            )
    return plan


def left_of(directory: Path, cells: Sequence[PlannedCell]) -> list[PlannedCell]:
    """Return the cells that have no result: not begun, cut short or interrupted.

    One that broke has a result, and a second chance would hide it.
    """
    return [cell for cell in cells if cell.not_run is None and not _has_result(directory, cell)]


def set_aside(directory: Path, cells: Sequence[PlannedCell]) -> None:
    """Move what runs of these cells left into ``cut-short``. Raises HarnessError."""
    for cell in cells:
        run = door.below(directory, cell.run)
        if not door.is_there(run, RUN_FILE):
            continue
        number = 1
        while (aside := directory / ASIDE / str(number) / cell.run).exists():
            number += 1
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            run.rename(aside)
        except OSError as error:
            raise HarnessError(f"cannot move {run} to {aside}: {error.strerror}") from error


def _has_result(directory: Path, cell: PlannedCell) -> bool:
    run = door.below(directory, cell.run)
    if not door.is_there(run, RUN_FILE):
        return False
    end = read_end(run)
    return end is not None and end.status != "interrupted"
