"""Suites of hand-written runs on disk, and what the judge says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.ledger.kinds.client import Attempt
from harness.ledger.plan import PlannedCell, SuiteEnd, SuitePlan, write_plan, write_suite_end
from harness.ledger.rundir import CheckSpec, Expected, RunPlan
from harness.ledger.stored import read_run
from reports.judging.judge import judge_run, judge_suite
from reports.verdict.verdict import SuiteVerdict, Verdict
from tests.reports.ledgers import HandWritten, healthy

CHECKS = (
    "nothing_lost",
    "nothing_twice",
    "nothing_unshown",
    "nothing_corrupt",
    "every_view_carried",
    "conservation",
)
HALF = Expected(
    fates=("lost_unacked", "undelivered"),
    checks=("nothing_lost", "every_view_carried"),
    rate=(0.4, 0.6),
    source="measured in a hundred runs",
)
PLAN = RunPlan(
    scenario="hand_written",
    arm={"preset": "durable"},
    seed=1,
    checks=tuple(CheckSpec(name=name) for name in CHECKS),
)
"""What a hand-written run with these checks says of itself."""
ALL = [{"name": name, "parameters": {}} for name in CHECKS]


def verdict_of(ledger: HandWritten, directory: Path, *more: dict[str, Any]) -> Verdict:
    ledger.checks = [*ALL, *more]
    cell = judge_run(ledger.write(directory)).cell
    return cell.verdict


def suite_of(directory: Path, *names: str) -> Path:
    cells = []
    for name in names:
        ledger = healthy()
        ledger.checks, ledger.scenario = ALL, name
        run = ledger.write(directory / "cells" / name)
        plan = read_run(run).plan
        cells.append(
            PlannedCell(plan=plan, node="", about_s=1, budget_s=1, directory=f"cells/{name}")
        )
    write_plan(directory, SuitePlan(suite="s", command="c", started="x", cells=cells))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return directory


def lossy(lost: int, shown: int = 20) -> HandWritten:
    """A run in which ``lost`` of the shown impressions never reached the server."""
    names = [f"art{n:03d}" for n in range(shown)]
    kept = names[: shown - lost]
    ledger = HandWritten().lifetime()
    for name in names:
        ledger.shown(name, 1.0)
    ledger.saw(1.1, Attempt(user="ann", tab="tab-1", artworks=names))
    if kept:
        ledger.acknowledged(kept, 1.3).receipt(kept, 1.2)
    rows = dict.fromkeys(kept, 1)
    return ledger.polled(1.5, **rows).final(9.0, viewed_s=1.1, **rows)


def judged(
    directory: Path, ledger: HandWritten, expected: Expected | None, *, alone: bool = False
) -> SuiteVerdict:
    """The suite of this one cell and, unless ``alone``, a good one beside it, judged through the
    files."""
    return judge_suite(lossy_suite(directory, ledger, expected, alone=alone)).suite


def lossy_suite(
    directory: Path, ledger: HandWritten, expected: Expected | None, *, alone: bool = False
) -> Path:
    """Write the suite of this one cell and, unless ``alone``, a good one beside it."""
    cells = []
    written = [("lossy", ledger, expected), ("good", lossy(0), None)]
    for name, run, known in written[:1] if alone else written:
        checks = tuple(CheckSpec(name=check) for check in CHECKS)
        arm = {"preset": "durable"}
        plan = RunPlan(scenario=name, arm=arm, seed=1, checks=checks, expected=known)
        cell = PlannedCell(plan=plan, node="", about_s=1, budget_s=1)
        cells.append(cell)
        run.scenario, run.expected = name, known
        run.checks = [{"name": check, "parameters": {}} for check in CHECKS]
        run.write(directory / cell.run)
    write_plan(directory, SuitePlan(suite="s", command="c", cells=cells))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return directory


def planned_as(
    directory: Path, plan: RunPlan = PLAN, ledger: HandWritten | None = None, **more: Any
) -> Path:
    """Write a suite whose plan says this of its one run, and the run; return the run's place."""
    run = ledger or healthy()
    run.checks = ALL
    cell = PlannedCell(plan=plan, node="a.py::test", about_s=1, budget_s=1, directory="cells/one")
    written = run.write(directory / "cells" / "one")
    write_plan(directory, SuitePlan(suite="s", command="c", cells=[cell], **more))
    write_suite_end(directory, SuiteEnd(interrupted=False, duration_s=12.5))
    return written
