"""``harness history``: what is kept of suites that ran."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.cli.group import CommandGroup, OnceCommand
from harness.cli.options.history import history_option
from harness.cli.options.shared import json_option
from harness.cli.output import say, show, show_json
from harness.compose.defects import DefectiveJudge
from harness.compose.history.baselines import kept_by_baselines
from harness.compose.history.history import History, open_history
from harness.core.errors import HarnessError, LedgerUnreadable, UsageError
from reports.core import text
from reports.history.facts import facts_of
from reports.judging.judge import judge_suite

SCHEMA = 1
"""Version of the JSON that ``harness history list --json`` prints."""


@click.group("history", cls=CommandGroup)
def history_command() -> None:
    """Keep and tidy up what is known of suites that ran; `harness trend` shows how they developed.

    A history is a folder with one file for each suite, named by the hash of what it holds: two
    histories are merged by copying one's files to the other's. Several machines may share one in a
    PostgreSQL (--history postgresql://USER@HOST/DATABASE).
    """


@history_command.command("list", cls=OnceCommand)
@history_option
@json_option
def list_history(history: str, as_json: bool) -> None:
    """Show the suites in the order in which they started, and what is no suite that can be read."""
    with open_history(history) as found:
        heads = found.heads()
        if as_json:
            suites = [
                {
                    "digest": one.digest,
                    "suite": one.facts.suite,
                    "started": one.facts.started,
                    "revision": one.facts.revision,
                    "verdict": one.facts.verdict,
                    "reason": one.facts.reason,
                }
                for one in heads
            ]
            troubles = [{"name": one.name, "what": one.what} for one in found.troubles]
            content = {"schema": SCHEMA, "suites": suites, "troubles": troubles}
            show_json(json.dumps(content))
        else:
            for one in heads:
                facts = one.facts
                show(
                    f"{one.digest[:12]}  {facts.started}  {facts.verdict:<8} {facts.revision}  "
                    f"{text.one_line(facts.suite)}: {text.one_line(facts.reason)}"
                )
        say_troubles(found)
        say(f"{text.count(len(heads), 'suite')} in {found.archive.place}")


@history_command.command("add", cls=OnceCommand)
@click.argument("suites", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--revision", metavar="TEXT", default="", help="The revision that was tried.")
@history_option
def add_history(suites: tuple[Path, ...], revision: str, history: str) -> None:
    """Judge stored suites and keep what they hold; the exit code is 4 if one could not be added."""
    failed = []
    with open_history(history) as found:
        for directory in suites:
            try:
                facts = facts_of(
                    directory, judge_suite(directory, DefectiveJudge()), revision=revision
                )
                word = "added" if found.add(facts) else "there already"
            except (LedgerUnreadable, UsageError) as error:
                failed.append(str(directory))
                word = f"not added: {error.line}"
            say(f"{directory}: {word}")
    if failed:
        raise HarnessError(f"{len(failed)} of {len(suites)} were not added: {', '.join(failed)}")


@history_command.command("rebuild", cls=OnceCommand)
@history_option
def rebuild_history(history: str) -> None:
    """Make the index anew from the suites' files."""
    with open_history(history) as found:
        number = found.rebuild()
        say_troubles(found)
        say(f"{text.count(number, 'suite')} in the index of {found.archive.place}")


@history_command.command("alias", cls=OnceCommand)
@click.argument("old")
@click.argument("new")
@history_option
def alias_history(old: str, new: str, history: str) -> None:
    """Let what was stored of scenario OLD be NEW's: it was renamed."""
    with open_history(history) as found:
        found.rename(old, new)
        say(f"{old} is {new} now, in {found.archive.place}")


@history_command.command("remove", cls=OnceCommand)
@click.argument("digest")
@history_option
def remove_history(digest: str, history: str) -> None:
    """Remove the suite whose digest begins with DIGEST."""
    with open_history(history) as found:
        say(f"removed {found.remove(digest)}")


@history_command.command("prune", cls=OnceCommand)
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    required=True,
    help="How many suites of each name stay, the newest ones.",
)
@history_option
def prune_history(keep: int, history: str) -> None:
    """Remove the oldest suites; those of a baseline stay."""
    with open_history(history) as found:
        removed = found.prune(keep, kept_by_baselines(found))
        for one in removed:
            show(f"{one.digest[:12]}  {one.facts.started}  {one.facts.suite}")
        say(f"removed {len(removed)} of {len(removed) + len(found.heads())} suites")


def say_troubles(history: History) -> None:
    """Print what lies in the history and is no suite that can be read."""
    for one in history.troubles:
        say(f"! {one.name}: {one.what}")
