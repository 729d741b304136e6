"""Where a suite's time went: how long each cell took, and which phases of it.

It is read from the run directories alone. Runs without phases.json (they were cut short, or are of
an earlier revision) have a duration from run.json and end.json, and no phases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.clock import NS_PER_S
from harness.core.errors import LedgerUnreadable
from harness.core.phases import own_seconds
from harness.ledger import door
from harness.ledger.json_files import Record
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE, arm_text
from harness.ledger.stored import read_end, read_phases, read_plan, read_run, read_suite_end

SCHEMA = 1
"""Version of the JSON that ``harness profile --json`` prints."""


class CellTime(Record, frozen=True, kw_only=True):
    """How long one cell took, in seconds, and how long it was expected to take.

    ``planned_s`` is None for a run of no suite. ``phases`` add up to ``took_s``, or are empty.
    ``complete`` is false for one that ended before it was done.
    """

    scenario: str
    arm: str
    seed: int
    matrix: str
    took_s: float
    complete: bool = True
    planned_s: float | None = None
    phases: Mapping[str, float] = {}


class TimeProfile(Record, frozen=True, kw_only=True):
    """A suite's time: its own length (s) without judging, and that of every cell that ended.

    ``without_end`` counts the cells whose run has no end: how long they took is not known.
    """

    schema: int = SCHEMA
    suite_s: float | None
    cells: tuple[CellTime, ...]
    without_end: int = 0

    @property
    def total_s(self) -> float:
        """Return how long the cells took together."""
        return sum(cell.took_s for cell in self.cells)

    @property
    def phases(self) -> dict[str, float]:
        """Return phase → seconds of all cells together, in the order in which they happen."""
        totals: dict[str, float] = {}
        for cell in self.cells:
            for name, seconds in cell.phases.items():
                totals[name] = totals.get(name, 0.0) + seconds
        return totals


def profile_of(directory: Path) -> TimeProfile:
    """Return where the time of a suite, or of one run, went.

    Raises LedgerUnreadable when the directory is neither, or a file in it cannot be read.
    """
    if door.is_there(directory, RUN_FILE):
        found = _cell_time(directory, None)
        return TimeProfile(
            suite_s=None, cells=(found,) if found else (), without_end=int(not found)
        )
    if not door.is_there(directory, PLAN_FILE):
        raise LedgerUnreadable(
            f"{directory} is neither a run nor a suite directory",
            hint="`runs/latest` is the newest suite",
        )
    end = read_suite_end(directory)
    begun = [
        (door.below(directory, cell.run), cell.about_s)
        for cell in read_plan(directory).cells
        if cell.not_run is None and door.is_there(door.below(directory, cell.run), RUN_FILE)
    ]
    cells = [_cell_time(run, about_s) for run, about_s in begun]
    ended = tuple(cell for cell in cells if cell is not None)
    return TimeProfile(
        suite_s=end.duration_s if end else None, cells=ended, without_end=len(cells) - len(ended)
    )


def slowest(cells: Sequence[CellTime], count: int) -> list[CellTime]:
    """Return the cells that took longest, the longest first."""
    return sorted(cells, key=lambda cell: -cell.took_s)[:count]


def _cell_time(run: Path, planned_s: float | None) -> CellTime | None:
    """Return how long a run took, None for one that has no end."""
    record, end, spans = read_run(run), read_end(run), read_phases(run)
    if end is None:
        return None
    took_s = (end.ended_mono_ns - record.started_mono_ns) / NS_PER_S
    phases = own_seconds(spans)
    return CellTime(
        scenario=record.plan.scenario,
        arm=arm_text(record.plan.arm),
        seed=record.plan.seed,
        matrix=record.plan.matrix,
        took_s=sum(phases.values()) or took_s,
        complete=end.status == "complete",
        planned_s=planned_s,
        phases=phases,
    )
