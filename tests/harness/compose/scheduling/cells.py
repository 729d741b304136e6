"""Cells to schedule: named, with how long they take, and stored suites and shards of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from harness.compose.scheduling.merging import write_shard
from harness.compose.scheduling.rotation import key_of
from harness.compose.scheduling.selecting import Shard, of_shard, shards_of
from harness.ledger.plan import (
    NotRun,
    PlannedCell,
    SuiteEnd,
    SuitePlan,
    WhyNot,
    write_plan,
    write_suite_end,
)
from harness.ledger.rundir import CheckSpec, RunPlan
from tests.reports.ledgers import HandWritten, healthy
from tests.reports.suites import ALL, CHECKS, lossy

FACTS = {"harness": "1.0", "revision": "abc", "cpus": "2"}


def cell(
    name: str,
    about_s: float = 10.0,
    *,
    seed: int = 1,
    alone: bool = False,
    lacks: str = "",
    kind: NotRun = "unsupported",
) -> PlannedCell:
    checks = tuple(CheckSpec(name=check) for check in CHECKS)
    plan = RunPlan(scenario=name, arm={"preset": "durable"}, seed=seed, checks=checks)
    not_run = WhyNot(kind=kind, reason=lacks) if lacks else None
    return PlannedCell(
        plan=plan, node="n", about_s=about_s, budget_s=100.0, exclusive=alone, not_run=not_run
    )


def names(cells: Sequence[PlannedCell]) -> list[str]:
    """Return the scenarios of the cells that run."""
    return [one.plan.scenario for one in cells if one.not_run is None]


def write_run(directory: Path, planned: PlannedCell, ledger: HandWritten | None = None) -> Path:
    """Write what a cell's run left: a healthy one if no other is given."""
    run = ledger or healthy()
    run.scenario, run.checks, run.arm = planned.plan.scenario, ALL, dict(planned.plan.arm)
    return run.write(directory / planned.run)


def write_suite(
    directory: Path, cells: Sequence[PlannedCell], facts: Mapping[str, str] = FACTS
) -> Path:
    plan = SuitePlan(
        suite="s", command="c", started="20260101T000000Z", cells=cells, facts=dict(facts)
    )
    write_plan(directory, plan)
    return directory


def stored(directory: Path, cells: Sequence[PlannedCell], *, lossy_one: str = "") -> Path:
    """Write a suite that ran to its end; one cell may have lost impressions."""
    directory.mkdir(parents=True)
    for one in cells:
        if one.not_run is None:
            write_run(directory, one, lossy(2) if one.plan.scenario == lossy_one else None)
    write_suite(directory, cells)
    write_suite_end(directory, SuiteEnd(interrupted=False, duration_s=30.0))
    return directory


def stored_shard(
    directory: Path, cells: Sequence[PlannedCell], number: int, count: int, *, lossy_one: str = ""
) -> Path:
    """Write one shard of a suite as ``harness run --shard`` leaves it."""
    at = shards_of(cells, count, {key_of(one): one.about_s for one in cells})
    shard = Shard(number, count)
    stored(directory, of_shard(cells, shard, at), lossy_one=lossy_one)
    write_shard(directory, shard, [name for name, where in at.items() if where == number])
    return directory


def with_facts(directory: Path, plan: SuitePlan, **facts: str) -> None:
    write_plan(directory, replace(plan, facts={**plan.facts, **facts}))
