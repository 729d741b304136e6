"""Stored experiments of hand-written figures, as their blocks leave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from harness.ledger.experiment import (
    BlockEnd,
    ExperimentPart,
    ExperimentPlan,
    Hypothesis,
    Metric,
    PlannedLook,
    block_directory,
    write_block_end,
    write_experiment,
)
from harness.ledger.json_files import write_record
from reports.pages.publish import VERDICT_FILE
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

MEASURE = "load_response_p95_ms"
LOAD = ExperimentPart(
    name="load",
    title="A load",
    scenario="paced_load",
    levels={"workload": "steady"},
    metrics=(Metric(measure=MEASURE, title="response, p95"),),
)


def plan_of(
    arms: Sequence[str] = ("a", "b"),
    *,
    control: str = "b",
    blocks: int = 9,
    looks: Sequence[tuple[int, float]] = ((9, 0.05),),
    parts: Sequence[ExperimentPart] = (LOAD,),
    hypotheses: Sequence[Hypothesis] = (),
) -> ExperimentPlan:
    """Return a plan in which each block begins one arm later."""
    orders = [tuple(arms[n % len(arms) :]) + tuple(arms[: n % len(arms)]) for n in range(blocks)]
    return ExperimentPlan(
        name="size",
        question="Which size?",
        command="harness experiment size",
        started="20260101T000000Z",
        seed=1,
        control=control,
        arms={arm: {"letter": arm} for arm in arms},
        parts=tuple(parts),
        hypotheses=tuple(hypotheses),
        orders=tuple(orders),
        looks=tuple(PlannedLook(blocks=blocks, alpha=alpha) for blocks, alpha in looks),
        block_about_s=10.0,
    )


def cell_of(
    plan: ExperimentPlan, block: int, part: ExperimentPart, arm: str, **figures: float
) -> Cell:
    """Return the passing cell of a slot with these measures, a hundred impressions in it."""
    levels = {**part.levels, **plan.arms[arm]}
    text = ",".join(f"{key}={levels[key]}" for key in sorted(levels))
    return Cell(
        scenario=part.scenario,
        arm=text,
        seed=plan.seed + block - 1,
        verdict=Verdict.PASS,
        reason="",
        run=f"cells/{part.scenario}/{text}/seed-{plan.seed + block - 1}",
        finished=True,
        fates={"recorded_once": 100},
        measures={"shown_impressions": 100.0, **figures},
    )


def lossy(cell: Cell, lost: int, fate: str = "lost_acked") -> Cell:
    """Return the cell with this many of its hundred impressions lost, and failed."""
    fates = {fate: lost, "recorded_once": 100 - lost}
    return replace(cell, fates=fates, verdict=Verdict.FAIL, reason=f"nothing_lost: {lost} are lost")


def undecided(cell: Cell, reason: str = "the generator was late") -> Cell:
    """Return the cell without a verdict."""
    return replace(cell, verdict=Verdict.UNKNOWN, reason=reason)


def store_block(
    directory: Path,
    plan: ExperimentPlan,
    block: int,
    cells: Sequence[Cell],
    *,
    canary_s: tuple[float, ...] = (0.1, 0.1),
) -> None:
    """Write a complete block with these cells, in the order of its slots."""
    where = block_directory(directory, block)
    where.mkdir(parents=True)
    suite = SuiteVerdict(
        verdict=Verdict.PASS,
        reason="",
        suite="a block",
        started="20260101T000000Z",
        duration_s=1.0,
        command="",
        cells=tuple(cells),
    )
    write_record(where / VERDICT_FILE, suite)
    write_block_end(where, BlockEnd(block=block, canary_s=canary_s, duration_s=9.0))


def store(
    directory: Path, plan: ExperimentPlan, figures: Mapping[str, Sequence[float]]
) -> ExperimentPlan:
    """Write an experiment of one part, with the deciding figure of each arm by block."""
    directory.mkdir(exist_ok=True)
    write_experiment(directory, plan)
    [part] = plan.parts
    for block in range(1, len(next(iter(figures.values()))) + 1):
        cells = [
            cell_of(plan, block, part, arm, **{MEASURE: figures[arm][block - 1]})
            for arm in plan.orders[block - 1]
        ]
        store_block(directory, plan, block, cells)
    return plan
