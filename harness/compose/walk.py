"""One random walk on a fresh stack, shrunk if it fails.

The judge of every try is the judge of every run; a shorter walk still fails if one of the checks
fails that failed the whole walk.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from harness.browsers.catalogue import entry_of
from harness.browsers.pool import BrowserPool
from harness.compose.directory import make_suite_directory, suite_end, suite_plan
from harness.compose.reference import run_on_a_stack
from harness.core.errors import HarnessError
from harness.ledger.plan import PlannedCell, SuiteOptions, write_plan
from harness.process.interrupt import cancel_on_signals
from harness.process.processes import Processes
from harness.setup.machine import ThisMachine
from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict
from scenarios.concurrency.shrink import shrink
from scenarios.concurrency.walk import Step, Walk, runnable
from scenarios.concurrency.walker import WALK_FILE, walk_all, walk_cell, write_walks

SMALLEST_FILE = "smallest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkOrder:
    """What to walk, in which browser, with how many tries at ``most`` to shrink it.

    ``defect`` is the id of a defect to walk it with, or ``ID.twin``.
    """

    walk: Walk
    browser: str
    most: int
    out: Path
    command: str
    options: SuiteOptions
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Walked:
    """The suite's directory, and whether it was interrupted."""

    directory: Path
    interrupted: bool


async def walk_and_shrink(
    order: WalkOrder, processes: Processes, say: Callable[[str], None]
) -> Walked:
    """Walk it, and shrink it if it fails; Ctrl-C keeps what there is.

    Where the machine lacks a part, the suite has one cell that was not run.
    """
    directory = make_suite_directory(order.out, "walk")
    walking = _Walking(order, directory, processes, say)
    with suite_end(directory) as end:
        if walking.can_run():
            cancel_on_signals()
            try:
                await walking.run()
            except asyncio.CancelledError:
                end.interrupt()
    return Walked(directory, end.interrupted)


class _Walking:
    """The tries of one walk, each with a stack of its own."""

    def __init__(
        self,
        order: WalkOrder,
        directory: Path,
        processes: Processes,
        say: Callable[[str], None],
    ) -> None:
        self._order = order
        self._directory = directory
        self._processes = processes
        self._pool = BrowserPool(processes, directory / "logs")
        self._say = say
        self._can = entry_of(order.browser).can
        self._reported: list[PlannedCell] = []
        self._tries = 0

    def can_run(self) -> bool:
        """Return whether this machine has all parts; else plan a cell that says which it lacks."""
        cell = self._cell(self._order.walk.steps)
        if cell.not_run:
            self._report([cell])
        return cell.not_run is None

    async def run(self) -> None:
        """Walk the whole walk, then shrink it if it fails."""
        try:
            failed = await self._try(self._order.walk.steps)
            if failed and self._order.most:
                await self._shrink(failed)
        finally:
            await self._pool.close()

    async def _shrink(self, failed: frozenset[str]) -> None:
        async def fails(part: Sequence[Step]) -> bool:
            steps = tuple(runnable(part, self._can))
            if not failed & await self._try(steps, keep=False):
                return False
            whole, *shorter = self._reported
            for cell in shorter:
                shutil.rmtree(self._directory / cell.run, ignore_errors=True)
            self._report([whole, self._cell(steps)])
            return True

        order = self._order
        shrunk = await shrink(order.walk.steps, fails, most=order.most)
        smallest = replace(order.walk, steps=tuple(runnable(shrunk.items, self._can)))
        path = self._directory / SMALLEST_FILE
        write_walks(path, [smallest])
        words = "no step less fails" if shrunk.is_minimal else "fewer may do"
        self._say(f"\n{len(smallest.steps)} of {len(order.walk.steps)} steps still fail; {words}:")
        for place, step in enumerate(smallest.steps, 1):
            self._say(f"  {place}. {step}")
        again = shlex.join(["harness", "walk", "--steps", str(path), "--browser", order.browser])
        self._say(f"again: {again}\n")

    async def _try(self, steps: tuple[Step, ...], *, keep: bool = True) -> frozenset[str]:
        """Walk these steps on a fresh stack; return the checks that failed.

        A try that broke, or whose evidence is not whole, says nothing: nothing failed. ``keep``:
        it is part of the report whatever came of it.
        """
        walk = replace(self._order.walk, steps=steps)
        if walk.views == 0:
            return frozenset()
        self._tries += 1
        cell = self._cell(steps)
        if keep:
            self._report([*self._reported, cell])
        try:
            async with (
                asyncio.timeout(cell.budget_s),
                run_on_a_stack(
                    cell, self._directory, self._order.options, self._processes, self._pool
                ) as run,
            ):
                write_walks(run.directory / WALK_FILE, [walk])
                await walk_all(run, [walk])
        except (HarnessError, TimeoutError) as error:
            line = error.line if isinstance(error, HarnessError) else "it took too long"
            self._say(f"try {self._tries}: {len(steps)} steps: broken: {line}")
            return frozenset()
        judged = judge_run(self._directory / cell.run).cell
        self._say(f"try {self._tries}: {len(steps)} steps: {judged.verdict.value}: {judged.reason}")
        if judged.verdict is not Verdict.FAIL:
            if not keep:
                shutil.rmtree(self._directory / cell.run, ignore_errors=True)
            return frozenset()
        return frozenset(f.check for f in judged.findings if f.verdict is Verdict.FAIL)

    def _cell(self, steps: tuple[Step, ...]) -> PlannedCell:
        """Return the cell of the try that is made now, or of the first."""
        walk = replace(self._order.walk, steps=steps)
        order, number = self._order, max(1, self._tries)
        return walk_cell(walk, order.browser, number, ThisMachine(), defect=order.defect)

    def _report(self, cells: Sequence[PlannedCell]) -> None:
        """Write down which tries the report is about: the whole walk, the smallest that fails."""
        self._reported = list(cells)
        order = self._order
        write_plan(self._directory, suite_plan("walk", order.command, cells, order.options))
