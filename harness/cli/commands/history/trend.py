"""``harness trend``: how a suite developed over its nights."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.history import history_option
from harness.cli.options.shared import json_option
from harness.cli.output import say, show_json, show_lines
from harness.compose.history.history import History, open_history
from harness.compose.history.index import StoredSuite
from harness.core.errors import HarnessError, UsageError, did_you_mean
from harness.ledger import door
from harness.ledger.json_files import encode_record
from reports.history.page import render_trend
from reports.history.table import trend_lines
from reports.history.trend import trend

_LISTED = "`harness history list` shows all"


@click.command("trend", cls=OnceCommand)
@click.argument("metric", nargs=-1)
@history_option
@click.option("--suite", metavar="NAME", help="Which suite.  [default: that of the newest night]")
@click.option(
    "--last",
    type=click.IntRange(2),
    metavar="N",
    default=60,
    show_default=True,
    help="How many nights are looked at, the newest ones.",
)
@click.option("--all", "every", is_flag=True, help="Also show figures that are steady.")
@json_option
@click.option("--page", type=click.Path(path_type=Path), help="Also write a page (HTML) there.")
def trend_command(
    metric: tuple[str, ...],
    history: str,
    suite: str | None,
    last: int,
    every: bool,
    as_json: bool,
    page: Path | None,
) -> None:
    """Show what broke, failed or got slower, since when, with the revisions on both sides.

    METRIC names figures as reports do (load_response_p95_ms; * stands for anything); without one,
    latencies and costs are looked at. A change of a figure is confirmed by three nights after it;
    one or two nights that do not fit are suspect. Nights in another environment are never compared.
    """
    with open_history(history) as found:
        heads = nights_in(found, suite)[-last:]
        record = trend(
            [(one.digest, one.facts) for one in found.whole(heads)],
            patterns=metric,
            troubles=[f"{one.name}: {one.what}" for one in found.troubles],
        )
        for one in found.troubles:
            say(f"! {one.name}: {one.what}")
    if as_json:
        show_json(encode_record(record, "the trend"))
    else:
        show_lines(trend_lines(record, every=every or bool(metric)))
    if page is not None:
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
            door.write(page.parent, page.name, render_trend(record))
        except OSError as error:
            raise HarnessError(f"cannot write {page}: {error.strerror}") from error
        say(f"page: {page}")


def nights_in(history: History, suite: str | None) -> list[StoredSuite]:
    """Return the nights of a suite, by default of the newest one, in the order of their starts.

    Raises UsageError where there are none.
    """
    heads = history.heads()
    if not heads:
        raise UsageError(
            f"there is no suite in the history {history.archive.place}",
            hint="Suites that `harness run` ends are kept; `harness history add DIR` adds others",
        )
    name = suite or heads[-1].facts.suite
    own = [one for one in heads if one.facts.suite == name]
    if not own:
        raise UsageError(
            f"there is no suite {name} in this history",
            hint=did_you_mean(name, {one.facts.suite for one in heads}, _LISTED),
        )
    return own
