"""``harness baseline``: sets of suites that later ones are held against."""

from __future__ import annotations

import json

import click

from harness.cli.commands.history.trend import nights_in
from harness.cli.group import CommandGroup, OnceCommand
from harness.cli.options.history import history_option
from harness.cli.options.shared import json_option
from harness.cli.output import say, show, show_json
from harness.compose.history.baselines import (
    DEFAULT_BASELINE,
    SUITES_MOST,
    baseline_named,
    baselines_of,
    set_baseline,
)
from harness.compose.history.history import open_history
from reports.core import text
from reports.statistics.history.surprise import BEFORE_MIN

BASELINE_SCHEMA = 1
"""Version of the JSON that ``harness baseline show --json`` prints."""


@click.group("baseline", cls=CommandGroup)
def baseline_command() -> None:
    """Keep sets of suites that later ones are held against: `harness compare DIR --against NAME`.

    A baseline is a set and not one run: its nights show what differs by chance.
    """


@baseline_command.command("set", cls=OnceCommand)
@click.argument("name", default=DEFAULT_BASELINE)
@click.option("--suite", metavar="SUITE", help="Which suite.  [default: that of the newest night]")
@click.option(
    "--last",
    type=click.IntRange(1),
    metavar="N",
    default=SUITES_MOST,
    show_default=True,
    help="How many suites at most, the newest ones.",
)
@click.option("--revision", metavar="TEXT", help="Only suites that tried this revision.")
@history_option
def set_command(
    name: str, suite: str | None, last: int, revision: str | None, history: str
) -> None:
    """Let the newest suites in one environment be the baseline NAME [default: main]."""
    with open_history(history) as found:
        made = set_baseline(found, name, nights_in(found, suite), last=last, revision=revision)
        say(
            f"baseline {made.name}: {text.count(len(made.suites), 'suite')} of {made.suite} in "
            f"{found.archive.place}"
        )
        if len(made.suites) < BEFORE_MIN:
            say(
                f"! fewer than {BEFORE_MIN} suites predict no figure: only fates and failures count"
            )


@baseline_command.command("list", cls=OnceCommand)
@history_option
def list_baselines(history: str) -> None:
    """Show every baseline."""
    with open_history(history) as found:
        for one in baselines_of(found):
            number = text.count(len(one.suites), "suite")
            show(f"{one.name}  {number} of {text.one_line(one.suite)}, made {one.made}")


@baseline_command.command("show", cls=OnceCommand)
@click.argument("name", default=DEFAULT_BASELINE)
@history_option
@json_option
def show_command(name: str, history: str, as_json: bool) -> None:
    """Show the suites and the environment of a baseline."""
    with open_history(history) as found:
        baseline, heads = baseline_named(found, name)
        environment = heads[-1].facts.environment
        if as_json:
            content = {
                "schema": BASELINE_SCHEMA,
                "name": baseline.name,
                "suite": baseline.suite,
                "made": baseline.made,
                "suites": [
                    {
                        "digest": one.digest,
                        "started": one.facts.started,
                        "revision": one.facts.revision,
                        "verdict": one.facts.verdict,
                    }
                    for one in heads
                ],
                "environment": dict(environment),
            }
            show_json(json.dumps(content))
            return
        for one in heads:
            facts = one.facts
            show(f"{one.digest[:12]}  {facts.started}  {facts.verdict:<8} {facts.revision}")
        for what, value in environment.items():
            show(f"{text.one_line(what)}: {text.one_line(value)}")
        if missing := len(baseline.suites) - len(heads):
            say(f"! {text.count(missing, 'suite')} of it left the history")
