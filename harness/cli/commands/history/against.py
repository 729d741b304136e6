"""``harness run --against``: what a suite that just ran is against a baseline."""

from __future__ import annotations

from pathlib import Path

from harness.cli.commands.stored.compare import EXIT_CODES, show_compared
from harness.cli.output import say
from harness.compose.history.baselines import baseline_named, compare_with
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode, HarnessError
from harness.ledger import door
from reports.compare.against.markdown import render_compared_markdown
from reports.compare.page import render_compared
from reports.history.facts import facts_of
from reports.judging.judge import JudgedSuite

AGAINST_MARKDOWN, AGAINST_PAGE = "against.md", "against.html"
"""The comparison beside the suite's other reports: a pull request's comment, and a page."""


def refuse_unknown_baseline(history: str, name: str) -> None:
    """Raise UsageError unless the history has this baseline."""
    with open_history(history) as found:
        baseline_named(found, name)


def compare_run(
    history: str, name: str, directory: Path, judged: JudgedSuite, *, as_json: bool
) -> ExitCode:
    """Print how a suite compares with a baseline, write it beside the suite's reports, and return
    what it ends in. One that cannot be compared is undecided: its verdict stands."""
    try:
        with open_history(history) as stored:
            found = compare_with(stored, name, facts_of(directory, judged), directory)
        door.write(directory, AGAINST_MARKDOWN, render_compared_markdown(found))
        door.write(directory, AGAINST_PAGE, render_compared(found))
    except (HarnessError, OSError) as error:
        say(f"against {name}: not compared: {error}")
        return ExitCode.UNDECIDED
    if as_json:
        say(f"against {name}: {found.sentence}")
    else:
        show_compared(found)
    say(f"against {name}: {directory / AGAINST_PAGE}")
    return EXIT_CODES[found.outcome]
