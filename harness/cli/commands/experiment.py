"""``harness experiment``: compare arms in paired blocks, and say which is better."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from harness.cli.commands.analyse import analyse_command
from harness.cli.group import CommandGroup, OnceCommand
from harness.cli.options.shared import (
    FiniteRange,
    command_line,
    database_option,
    out_option,
    target_option,
)
from harness.cli.options.target import Caps, owner_options
from harness.cli.output import console, say, show, show_json, table_console
from harness.cli.progress import show_progress
from harness.compose.directory import make_suite_directory
from harness.compose.experiments.alone import alone_on
from harness.compose.experiments.blocks import Equipment, run_blocks
from harness.compose.experiments.names import refuse_unknown
from harness.compose.reference import database_for
from harness.compose.targets.before import before_sending, offer_of, refuse_batches
from harness.core.errors import ExitCode, UsageError
from harness.ledger.experiment import ExperimentPlan, read_experiment, write_experiment
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.process.processes import Processes
from harness.setup.host import Host
from harness.setup.machine import ThisMachine
from harness.target.target import Target, load_target
from reports.core.text import count, duration
from reports.experiments.publish import JSON_FILE, write_experiment_report
from reports.experiments.result import Result, analyse
from reports.experiments.sentence import decision_sentence
from reports.experiments.slots import read_blocks
from reports.experiments.table import print_result
from reports.experiments.words import look_title, planned_looks, too_rare
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.experiments import (
    EXPERIMENTS_FILE,
    Definition,
    Wanted,
    cells_of_block,
    design,
    load_experiments,
    refuse_mistakes,
    refuse_what_lacks,
)
from scenarios.catalogue.selection import find

_RUN = "run"


class _ExperimentGroup(CommandGroup):
    """A group whose first word may be an experiment's name: ``harness experiment batch-size``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; what is none is an experiment to run."""
        if args and args[0] not in self.commands:
            args = [_RUN, *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; options without a name belong to the experiment that is resumed."""
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help"):
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


@click.group("experiment", cls=_ExperimentGroup)
def experiment_command() -> None:
    """Compare arms in paired blocks, and say which is better, worse or equivalent.

    \b
    harness experiment list
    harness experiment batch-size                        50, 100, 200 and 500 ids a batch
    harness experiment batch-size --arms 100,200 --budget 20
    harness experiment flush-delay --dry-run             the plan, and how long it takes
    harness experiment --resume runs/latest              go on where it stopped
    harness experiment analyse --database URL            users of an A/B experiment, by variant

    `harness experiment run --help` shows all options.
    """


experiment_command.add_command(analyse_command)

_file_option = click.option(
    "--experiments",
    "file",
    type=click.Path(path_type=Path),
    default=EXPERIMENTS_FILE,
    help="Experiments of your own (TOML), in place of the harness's.",
)


@experiment_command.command("list", cls=OnceCommand)
@_file_option
def list_experiments(file: Path) -> None:
    """List the experiments: question, arms, what is done to each, and the figures."""
    known = load_all()
    for name, one in _experiments(file).items():
        plan = design(Wanted(name=name), one, known, command="")
        show(f"{name}: {one.question}")
        free = f" (--arms takes any {one.factor})" if one.factor else ""
        show(f"    arms {', '.join(one.arms)}, control {one.control}{free}")
        for part in one.parts:
            figures = ", ".join(metric.title for metric in part.metrics)
            show(f"    {part.name}: {part.title}: {figures}")
        show(f"    {_length(plan)}")


@experiment_command.command(_RUN, cls=OnceCommand)
@click.argument("name", required=False)
@click.option("--arms", metavar="A,B,…", default="", help="Compare these instead of its own.")
@click.option("--control", default="", help="Compare the others with this arm.")
@click.option("--part", "parts", multiple=True, help="Do only this part. Can be repeated.")
@click.option("--blocks", type=click.IntRange(1, 200), help="How many blocks at most.")
@click.option(
    "--budget",
    type=FiniteRange(0, min_open=True),
    metavar="MIN",
    help="As many blocks as fit in this number of minutes.",
)
@click.option(
    "--margin",
    type=FiniteRange(0, 100, min_open=True, max_open=True),
    metavar="PCT",
    help="Arms that are less than this apart are equivalent.  [default: 5]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of orders and loads.")
@click.option("--dry-run", is_flag=True, help="Show the plan and how long it takes; run nothing.")
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Go on with a stored experiment; its complete blocks stay.",
)
@_file_option
@database_option
@target_option
@owner_options
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print result.json instead of the table.")
def run_experiment(
    name: str | None,
    arms: str,
    control: str,
    parts: tuple[str, ...],
    blocks: int | None,
    budget: float | None,
    margin: float | None,
    seed: int,
    dry_run: bool,
    resume: Path | None,
    file: Path,
    database: str | None,
    target: Target,
    caps: Caps,
    out: Path,
    as_json: bool,
) -> None:
    """Run an experiment by its NAME, or go on with one that was stopped.

    Every block runs each arm once, in an order that is drawn and balanced; every slot has a server,
    a database and a generator of its own, and sends the same impressions. Losses come first: an arm
    that is fast because it loses is no winner. Results are looked at after half of the blocks and
    after all, with one error of 5 % for both looks and all arms; it ends when every arm is decided.
    """
    if resume is None:
        if name is None:
            raise UsageError(
                "no experiment is named", hint="`harness experiment list` shows all of them"
            )
        wanted = Wanted(
            name=name,
            arms=_named(arms),
            control=control,
            blocks=blocks,
            budget_min=budget,
            margin_percent=margin,
            parts=parts,
            seed=seed,
        )
        definition = find(name, _experiments(file), "experiment")
        options = SuiteOptions(target=target)
        plan = design(wanted, definition, load_all(), command=command_line(), options=options)
        refuse_unknown(plan.arms.values())
        if dry_run:
            _show_plan(plan)
        else:
            _begin(plan, caps, database_for(target, database), out, as_json=as_json)
    elif name or arms or control or parts or blocks or budget or margin:
        raise UsageError(
            "an experiment that is resumed keeps its design", hint="Leave out all but --resume DIR"
        )
    else:
        _go_on(resume, database, target.own_host, caps, dry_run=dry_run, as_json=as_json)


def _experiments(file: Path) -> dict[str, Definition]:
    """Return the experiments of a file. Raises UsageError for any mistake in any of them."""
    found = load_experiments(file)
    refuse_mistakes(found, load_all())
    for one in found.values():
        refuse_unknown([*one.arms.values(), *(part.levels for part in one.parts)])
    return found


def _named(arms: str) -> tuple[str, ...]:
    named = tuple(filter(None, map(str.strip, arms.split(","))))
    if arms and not named:
        raise UsageError("--arms names no arm", hint="Try --arms 100,200")
    return named


def _begin(plan: ExperimentPlan, caps: Caps, url: str | None, out: Path, *, as_json: bool) -> None:
    _announce(plan, caps)  # what it would be refused for comes before its turn on the machine
    with alone_on(Host.here().cache, out):
        directory = make_suite_directory(out, f"experiment-{plan.name}", started=plan.started)
        write_experiment(directory, plan)
        _run(directory, plan, url, as_json=as_json)


def _announce(plan: ExperimentPlan, caps: Caps) -> None:
    """Show what a described target is sent first. Raises HarnessError where it or the machine lacks
    something, or where it may not be sent that much."""
    target = plan.options.target
    cells = cells_of_block(plan, 1, load_all(), ThisMachine(), offer_of(target))
    refuse_what_lacks(cells)
    refuse_batches(target, cells)
    for line in before_sending(target, cells, **caps._asdict()):
        say(line)


def _go_on(
    resume: Path,
    database: str | None,
    own_host: str,
    caps: Caps,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    directory = resume.resolve()
    plan = read_experiment(directory)
    if dry_run:
        _show_plan(plan)
        return
    file = plan.options.target.file
    if file:  # the stored plan holds no database's URL
        target = dataclasses.replace(load_target(Path(file)), own_host=own_host)
        plan = replace(plan, options=replace(plan.options, target=target))
    _announce(plan, caps)
    with alone_on(Host.here().cache, directory):
        # What is complete is judged anew: a verdict.json may say what its run does not.
        read_blocks(directory, plan, again=True)
        _run(directory, plan, database_for(plan.options.target, database), as_json=as_json)


def _run(directory: Path, plan: ExperimentPlan, url: str | None, *, as_json: bool) -> None:
    say(f"{plan.name}: {_length(plan)}; {directory}")

    @contextmanager
    def show_block(number: int, cells: Sequence[PlannedCell]) -> Iterator[Any]:
        order = ", ".join(plan.orders[number - 1])
        left_min = (plan.blocks - number + 1) * plan.block_about_s / 60
        say(f"block {number} of {plan.blocks}: {order}; at most about {left_min:.0f} min left")
        with show_progress(console, cells) as watch:
            yield watch

    def looked(result: Result) -> None:
        say(f"{look_title(result)}: {decision_sentence(result)}")

    with Processes() as processes:
        ground = Equipment(
            processes=processes,
            known=load_all(),
            machine=ThisMachine(),
            database_url=url,
            tried=offer_of(plan.options.target),
        )
        interrupted = run_blocks(directory, plan, ground, show=show_block, looked=looked)
    finish_experiment(directory, plan, as_json=as_json, interrupted=interrupted)


def finish_experiment(
    directory: Path,
    plan: ExperimentPlan,
    *,
    as_json: bool,
    interrupted: bool = False,
    again: bool = False,
) -> None:
    """Write an experiment's reports, print its result and exit with what it comes to."""
    result = analyse(directory, plan, again=again)
    page = write_experiment_report(result)
    if as_json:
        show_json((directory / JSON_FILE).read_text(encoding="utf-8"))
    else:
        print_result(result, table_console())
    say(f"report: {page}")
    if interrupted:
        say(f"`harness experiment --resume {directory}` goes on with the next block")
    sys.exit(_exit_code(result, interrupted=interrupted))


def _exit_code(result: Result, *, interrupted: bool) -> ExitCode:
    """Return how an experiment ends: decided, undecided, or with an arm that loses or fails."""
    if interrupted:
        return ExitCode.INTERRUPTED
    if result.no_winners:
        return ExitCode.FAIL
    return ExitCode.PASS if result.is_decided else ExitCode.UNDECIDED


def _length(plan: ExperimentPlan) -> str:
    return (
        f"{count(plan.blocks, 'block')} of about {plan.block_about_s:.0f} s, "
        f"{duration(plan.blocks * plan.block_about_s)} at most; {planned_looks(plan)}"
    )


def _show_plan(plan: ExperimentPlan) -> None:
    show(f"{plan.name}: {plan.question}")
    show(f"    {_length(plan)}")
    show(f"    control {plan.control}; seed {plan.seed}")
    for part in plan.parts:
        times = -(-plan.blocks // part.every)
        rare = f"; in {times} of {plan.blocks} blocks" if part.every > 1 else ""
        show(f"    {part.name}: {part.scenario}, {part.title}{rare}")
        for metric in part.metrics:
            better = f"{metric.better} is better, margin {metric.margin_percent:g} %"
            show(f"        {metric.title} ({metric.measure}): {better}")
    for sentence in too_rare(plan):
        show(f"    {sentence}")
    for number, order in enumerate(plan.orders, 1):
        show(f"    block {number}: {', '.join(order)}")
