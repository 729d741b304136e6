"""Running an experiment: block after block, with a look at the results where one was planned.

Each block is a suite of its own, each of its slots a run on a fresh stack: server, database and
generator start anew. A block that was cut short is set aside and run again; the others stay.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from harness.compose.directory import suite_plan
from harness.compose.experiments.canary import canary_s
from harness.compose.suite import Progress, run_suite
from harness.core.errors import HarnessError
from harness.ledger.experiment import (
    BlockEnd,
    ExperimentPlan,
    block_directory,
    write_block_end,
)
from harness.ledger.plan import PlannedCell
from harness.ledger.stored import read_suite_end
from harness.process.processes import Processes
from reports.experiments.result import Result, analyse
from reports.experiments.slots import is_complete, judge_block
from reports.verdict.verdict import SuiteVerdict, Verdict
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.experiments import cells_of_block
from scenarios.catalogue.request import REFERENCE_OFFER, Machine, TargetOffer

FRUITLESS_MOST = 2
"""After this number of blocks in a row in which no slot counts the experiment is given up."""

ShowBlock = Callable[
    [int, Sequence[PlannedCell]], AbstractContextManager[Callable[[Progress], None]]
]
"""Returns the context in which a block runs, whose value is shown the block's progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What an experiment runs on, beside its plan."""

    processes: Processes
    known: Mapping[str, Scenario]
    machine: Machine
    database_url: str | None
    tried: TargetOffer = REFERENCE_OFFER


def run_blocks(
    directory: Path,
    plan: ExperimentPlan,
    ground: Equipment,
    *,
    show: ShowBlock,
    looked: Callable[[Result], None],
) -> bool:
    """Run the blocks that are not complete, up to the look that decides; return if interrupted.

    ``looked`` is given the result of each look. Raises HarnessError when a block cannot be
    finished, or when two in a row yield nothing: then nothing is to be gained by going on.
    """
    fruitless = 0
    for look in plan.looks:
        for number in range(1, look.blocks + 1):
            if is_complete(directory, number):
                continue
            suite = _run_block(directory, plan, number, ground, show)
            if suite is None:
                return True
            fruitless = 0 if _yields(suite) else fruitless + 1
            if fruitless == FRUITLESS_MOST:
                raise HarnessError(
                    f"no slot of {fruitless} blocks in a row counts: {suite.cells[0].reason}",
                    hint=f"`harness report {block_directory(directory, number)}` shows them",
                )
        result = analyse(directory, plan)
        looked(result)
        if result.is_final:
            break
    return False


def _run_block(
    directory: Path, plan: ExperimentPlan, number: int, ground: Equipment, show: ShowBlock
) -> SuiteVerdict | None:
    """Run one block and judge it; return None when it was interrupted."""
    where = block_directory(directory, number)
    _set_aside(where)
    cells = cells_of_block(plan, number, ground.known, ground.machine, ground.tried)
    suite = suite_plan(f"{plan.name}, block {number}", plan.command, cells, plan.options)
    began_s = time.monotonic()
    try:
        (where / "logs").mkdir(parents=True)
        before_s = canary_s()
        with show(number, cells) as watch:
            interrupted = run_suite(
                where,
                suite,
                ground.processes,
                workers=1,
                database_url=ground.database_url,
                watch=watch,
            )
        if interrupted:
            return None
        end = read_suite_end(where)
        if end is None or end.trouble:
            raise _unfinished(directory, number, end.trouble if end else "it has no end")
        judged = judge_block(directory, number)
        took_s = time.monotonic() - began_s
        canaries = (before_s, canary_s())
        write_block_end(where, BlockEnd(block=number, canary_s=canaries, duration_s=took_s))
    except OSError as error:
        raise _unfinished(directory, number, error.strerror or str(error)) from error
    return judged


def _unfinished(directory: Path, number: int, why: str) -> HarnessError:
    return HarnessError(
        f"block {number} did not finish: {why}",
        hint=f"`harness experiment --resume {directory}` goes on; what is complete stays",
    )


def _set_aside(where: Path) -> None:
    """Rename what a block that was cut short has left, so that nothing is lost."""
    if where.exists():
        names = (where.with_name(f"{where.name}.cut-{n}") for n in itertools.count(1))
        where.rename(next(name for name in names if not name.exists()))


def _yields(suite: SuiteVerdict) -> bool:
    return any(cell.verdict in (Verdict.PASS, Verdict.FAIL) for cell in suite.cells)
