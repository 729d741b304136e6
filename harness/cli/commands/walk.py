"""``harness walk``, composed: one random walk on a fresh stack, shrunk if it fails.

The judge of every try is the judge of every run; a shorter walk still fails if one of the checks
fails that failed the whole walk.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import click
from rich.console import Console

from harness.browsers.catalogue import entry_of
from harness.browsers.pool import BrowserPool
from harness.cli.commands.device import Finish, cancel_on_signals
from harness.compose.reference import run_on_a_stack
from harness.compose.suite import SuiteEnd, make_suite_directory
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError, UsageError
from harness.ledger.plan import SUITE_END_FILE, PlannedCell, SuiteOptions, SuitePlan, write_plan
from harness.ledger.rundir import RunPlan, versions, write_json
from harness.process.processes import Processes
from harness.target.target import Target, load_target, redacted
from reports.judging.judge import judge_run
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.planning import mark_missing
from scenarios.concurrency.shrink import shrink
from scenarios.concurrency.walk import STEPS, Step, Walk, draw, runnable
from scenarios.concurrency.walker import WALK_FILE, checks_of, read_walks, walk_all, write_walks

SMALLEST_FILE = "smallest.json"
SCENARIO = "random_walk"

talk = Console(stderr=True, highlight=False)


@dataclass(slots=True, kw_only=True)
class _Order:
    """What was asked for, and what has been walked."""

    walk: Walk
    browser: str
    most: int
    options: SuiteOptions
    directory: Path
    walked: list[PlannedCell] = field(default_factory=list)
    tries: int = 0


def walk_command(finish: Finish, fix: Callable[[str], str | None]) -> click.Command:
    """Return the command; ``fix`` names the command that brings a part, None if it is here."""

    @click.command("walk")
    @click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
    @click.option("--walk", "number", type=click.IntRange(0), help="Which of the seed's walks.")
    @click.option("--steps", type=click.Path(path_type=Path), help="Walk what such a file holds.")
    @click.option("--length", type=click.IntRange(1), default=STEPS, show_default=True)
    @click.option("--browser", default="chromium", show_default=True)
    @click.option("--shrink/--no-shrink", "shrinks", default=True, help="Shrink what fails.")
    @click.option("--most", type=click.IntRange(1), default=40, help="Tries to shrink; 40.")
    @click.option("--target", "target_file", type=click.Path(path_type=Path), help="A target file.")
    @click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="Print verdict.json, not the table.")
    def walk(
        seed: int,
        number: int | None,
        steps: Path | None,
        length: int,
        browser: str,
        shrinks: bool,
        most: int,
        target_file: Path | None,
        out: Path,
        as_json: bool,
    ) -> None:
        """Walk one random walk, and shrink it to the fewest steps that still fail.

        A walk is drawn from --seed and its number in that run (its users are called
        walk-SEED-NUMBER-…), or read with --steps from a run's walk.json or a smallest.json. Every
        try has a stack of its own and is judged like any run.
        """
        can = entry_of(browser).can
        chosen = _chosen(read_walks(steps), number) if steps else None
        wanted = chosen or draw(seed, number or 0, can, steps=length)
        order = _Order(
            walk=replace(wanted, steps=tuple(runnable(wanted.steps, can))),
            browser=browser,
            most=most if shrinks else 0,
            options=SuiteOptions(target=load_target(target_file) if target_file else Target()),
            directory=make_suite_directory(out, f"{utc_stamp()}-{os.getpid()}-walk"),
        )
        [cell] = mark_missing([_cell(order, order.walk.steps, 1)], load_all(), fix)
        end = SuiteEnd(interrupted=False)
        if cell.not_run:
            order.walked.append(cell)
            _plan(order)
            write_json(order.directory / SUITE_END_FILE, {**asdict(end), "duration_s": 0.0})
        else:
            with Processes() as processes:
                end = asyncio.run(_walk(order, processes))
        finish(publish(order.directory), as_json=as_json, interrupted=end.interrupted)

    return walk


def _chosen(walks: Sequence[Walk], number: int | None) -> Walk:
    """Return the walk of a file that was meant. Raises UsageError when it is not clear."""
    found = [walk for walk in walks if number in (None, walk.number)]
    if len(found) != 1:
        numbers = ", ".join(str(walk.number) for walk in walks)
        raise UsageError("name one of the file's walks", hint=f"--walk takes {numbers or 'none'}")
    return found[0]


async def _walk(order: _Order, processes: Processes) -> SuiteEnd:
    """Walk it, and shrink it if it fails; Ctrl-C keeps what there is."""
    began, end = time.monotonic(), SuiteEnd(interrupted=False)
    cancel_on_signals()
    pool = BrowserPool(processes, order.directory / "logs")
    try:
        failing = await _try(order, processes, pool, order.walk.steps)
        if failing and order.most:
            await _shrink(order, processes, pool, failing)
    except asyncio.CancelledError:
        end = SuiteEnd(interrupted=True, trouble="interrupted before its turn")
    finally:
        await pool.close()
        took_s = time.monotonic() - began
        write_json(order.directory / SUITE_END_FILE, {**asdict(end), "duration_s": took_s})
    return end


async def _shrink(
    order: _Order, processes: Processes, pool: BrowserPool, failing: frozenset[str]
) -> None:
    can = entry_of(order.browser).can

    async def fails(part: Sequence[Step]) -> bool:
        steps = tuple(runnable(part, can))
        found = await _try(order, processes, pool, steps, keep=False)
        if not found & failing:
            return False
        for cell in order.walked[1:]:
            shutil.rmtree(order.directory / cell.run, ignore_errors=True)
        order.walked[1:] = [_cell(order, steps, order.tries)]
        _plan(order)
        return True

    shrunk = await shrink(order.walk.steps, fails, most=order.most)
    smallest = replace(order.walk, steps=tuple(runnable(shrunk.items, can)))
    path = order.directory / SMALLEST_FILE
    write_walks(path, [smallest])
    words = "no step less fails" if shrunk.is_minimal else "fewer may do"
    talk.print(f"\n{len(smallest.steps)} of {len(order.walk.steps)} steps still fail; {words}:")
    for place, step in enumerate(smallest.steps, 1):
        talk.print(f"  {place}. {step}", markup=False)
    again = shlex.join(["harness", "walk", "--steps", str(path), "--browser", order.browser])
    talk.print(f"again: {again}\n", markup=False, soft_wrap=True)


async def _try(
    order: _Order,
    processes: Processes,
    pool: BrowserPool,
    steps: tuple[Step, ...],
    *,
    keep: bool = True,
) -> frozenset[str]:
    """Walk these steps on a fresh stack; return the checks that failed.

    A try that broke, or whose evidence is not whole, says nothing: nothing failed. ``keep``: it is
    part of the report whatever came of it.
    """
    walk = replace(order.walk, steps=steps)
    if walk.views == 0:
        return frozenset()
    cell = _cell(order, steps, order.tries + 1)
    order.tries += 1
    if keep:
        order.walked.append(cell)
        _plan(order)
    where = order.directory / cell.run
    try:
        async with asyncio.timeout(cell.budget_s):
            async with run_on_a_stack(cell, order.directory, order.options, processes, pool) as run:
                write_walks(run.directory / WALK_FILE, [walk])
                await walk_all(run, [walk])
    except (HarnessError, TimeoutError) as error:
        line = error.line if isinstance(error, HarnessError) else "it took too long"
        talk.print(f"try {order.tries}: {len(steps)} steps: broken: {line}", markup=False)
        return frozenset()
    judged = judge_run(where).cell
    found = frozenset(f.check for f in judged.findings if f.verdict is Verdict.FAIL)
    words = f"try {order.tries}: {len(steps)} steps: {judged.verdict.value}: {judged.reason}"
    talk.print(words, markup=False, soft_wrap=True)
    if judged.verdict is not Verdict.FAIL and not keep:
        shutil.rmtree(where, ignore_errors=True)
    return found if judged.verdict is Verdict.FAIL else frozenset()


def _cell(order: _Order, steps: tuple[Step, ...], number: int) -> PlannedCell:
    scenario = load_all()[SCENARIO]
    walk = replace(order.walk, steps=steps)
    arm = {"browser": order.browser, "preset": "durable", "walk": str(walk.number)}
    arm |= {"steps": str(len(steps)), "try": f"{number:03d}"}
    return PlannedCell(
        plan=RunPlan(
            scenario=SCENARIO, arm=arm, seed=walk.seed, checks=tuple(checks_of(walk.views))
        ),
        node=scenario.node,
        about_s=scenario.about_s(arm),
        budget_s=scenario.budget_s(arm),
        matrix=scenario.matrix,
        question=scenario.question,
    )


def _plan(order: _Order) -> None:
    """Write down which tries the report is about: the whole walk, and the smallest that fails."""
    write_plan(
        order.directory,
        SuitePlan(
            suite="walk",
            command=shlex.join(["harness", *map(redacted, sys.argv[1:])]),
            cells=order.walked,
            options=order.options,
            facts=versions(),
        ),
    )
