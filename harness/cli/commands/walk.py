"""``harness walk``: one random walk, shrunk if it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import (
    command_line,
    out_option,
    target_option,
    verdict_json_option,
)
from harness.cli.output import finish, say
from harness.compose.walk import WalkOrder, walk_and_shrink
from harness.ledger.plan import SuiteOptions
from harness.process.processes import Processes
from harness.target.target import Target
from reports.pages.publish import publish
from scenarios.concurrency.walk import STEPS
from scenarios.concurrency.walker import walk_of


@click.command("walk", cls=OnceCommand)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--walk", "number", type=click.IntRange(0), help="Number of the walk within the seed or file."
)
@click.option("--steps", type=click.Path(path_type=Path), help="Read the walk from this file.")
@click.option("--length", type=click.IntRange(1), default=STEPS, show_default=True, help="Steps.")
@click.option("--browser", default="chromium", show_default=True)
@click.option("--shrink/--no-shrink", default=True, help="Shrink a walk that fails.")
@click.option(
    "--most", type=click.IntRange(1), default=40, show_default=True, help="Tries to shrink."
)
@click.option("--defect", default="", help="Walk it with a defect (harness selftest --list).")
@target_option
@out_option
@verdict_json_option
def walk_command(
    seed: int,
    number: int | None,
    steps: Path | None,
    length: int,
    browser: str,
    shrink: bool,
    most: int,
    defect: str,
    target: Target,
    out: Path,
    as_json: bool,
) -> None:
    """Run one random walk, and shrink it to the fewest steps that still fail.

    A walk is drawn from --seed and --walk (its users are called walk-SEED-NUMBER-…), or read with
    --steps from a run's walk.json or a smallest.json. Every try has a stack of its own and is
    judged like any run.
    """
    order = WalkOrder(
        walk=walk_of(browser, seed=seed, number=number, length=length, file=steps),
        browser=browser,
        most=most if shrink else 0,
        out=out,
        command=command_line(),
        options=SuiteOptions(target=target),
        defect=defect,
    )
    with Processes() as processes:
        walked = asyncio.run(walk_and_shrink(order, processes, say))
    finish(publish(walked.directory), as_json=as_json, interrupted=walked.interrupted)
