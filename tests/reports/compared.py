"""Two stored suites of hand-written runs, and judged runs of hand-written cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from harness.ledger.json_files import write_record
from harness.ledger.plan import (
    PlannedCell,
    SuiteEnd,
    SuiteOptions,
    SuitePlan,
    write_plan,
    write_suite_end,
)
from harness.ledger.rundir import RUN_FILE, CheckSpec, Condition, Expected, RunPlan
from harness.ledger.stored import read_run
from harness.target.target import Target
from reports.compare.compare import compare
from reports.compare.record import ComparedRecord
from reports.compare.sides import ExperimentSide, read_sides
from reports.evidence.evidence import Evidence
from reports.judging.judge import JudgedRun
from reports.verdict.verdict import Cell, Verdict
from tests.reports.experiment_builder import Written
from tests.reports.ledgers import HandWritten
from tests.reports.suites import CHECKS, lossy

FACTS = {
    "revision": "aaa",
    "cpu": "Some CPU",
    "cpus": "2",
    "memory": "7.8 GiB",
    "system": "Linux 6 x86_64",
}
ARM = {"preset": "durable"}


@dataclass(kw_only=True)
class StoredCell:
    """One planned cell and the ledger that its run left; none: it left no result."""

    ledger: HandWritten | None = None
    scenario: str = "visit"
    arm: Mapping[str, str] = field(default_factory=lambda: dict(ARM))
    seed: int = 1
    checks: Sequence[CheckSpec] = tuple(CheckSpec(name=check) for check in CHECKS)
    conditions: tuple[Condition, ...] = ()
    expected: Expected | None = None

    @property
    def plan(self) -> RunPlan:
        return RunPlan(
            scenario=self.scenario,
            arm=self.arm,
            seed=self.seed,
            checks=tuple(self.checks),
            conditions=self.conditions,
            expected=self.expected,
        )


def suite(directory: Path, *cells: StoredCell, **changes: Any) -> Path:
    """Write a suite; ``changes`` are those of its plan."""
    planned = []
    for number, one in enumerate(cells):
        place = f"cells/{number}"
        planned.append(PlannedCell(plan=one.plan, node="", about_s=1, budget_s=1, directory=place))
        if one.ledger is not None:
            run = one.ledger.write(directory / place)
            write_record(run / RUN_FILE, replace(read_run(run), plan=one.plan))
    values: dict[str, Any] = {
        "suite": "s",
        "command": "harness run",
        "started": "20260101T000000Z",
        "facts": FACTS,
        "options": SuiteOptions(target=Target()),
    }
    directory.mkdir(parents=True, exist_ok=True)
    write_plan(directory, SuitePlan(cells=planned, **(values | changes)))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return directory


def visits(*lost: int, **changes: Any) -> list[StoredCell]:
    """Return a cell a seed, in which this many of twenty impressions are lost."""
    return [StoredCell(ledger=lossy(one), seed=seed, **changes) for seed, one in enumerate(lost, 1)]


def compared(directory: Path, a: Sequence[StoredCell], b: Sequence[StoredCell]) -> ComparedRecord:
    """Return how two suites of these cells compare."""
    return compare(read_sides(suite(directory / "a", *a), suite(directory / "b", *b)))


def judged(
    seed: int = 1,
    *,
    scenario: str = "visit",
    arm: str = "preset=durable",
    verdict: Verdict = Verdict.PASS,
    evidence: Evidence | None = None,
    **measures: float,
) -> JudgedRun:
    """Return a judged run of a hundred impressions with these measures."""
    cell = Cell(
        scenario=scenario,
        arm=arm,
        seed=seed,
        verdict=verdict,
        reason="",
        fates={"recorded_once": 100},
        measures={"shown_impressions": 100.0, **measures},
    )
    return JudgedRun(cell=cell, read=lambda: evidence)


def named(*runs: JudgedRun) -> dict[str, JudgedRun]:
    """Return the runs by their cells' names."""
    return {run.cell.name: run for run in runs}


def experiments(directory: Path, a: Written, b: Written) -> ComparedRecord:
    """Return how two experiments compare."""
    one, other = (
        ExperimentSide(directory=directory / name, result=written.result(directory / name))
        for name, written in (("a", a), ("b", b))
    )
    return compare((one, other))
