"""``harness experiment analyse``: variants compared by exposures that a database holds."""

from __future__ import annotations

import math
import sys

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import FiniteRange, json_option
from harness.cli.output import say, show_json, table_console
from harness.compose.experiments.exposures import (
    DEFAULT_METRICS,
    EXPOSURES,
    MetricQuery,
    read_exposures,
)
from harness.core.errors import ExitCode, UsageError
from harness.ledger.json_files import encode_record
from reports.experiments.exposed.analysis import ExposedResult, analyse_exposed
from reports.experiments.exposed.record import exposed_record
from reports.experiments.exposed.table import print_exposed

_CONTROL = "control"


@click.command("analyse", cls=OnceCommand)
@click.option(
    "--database",
    metavar="URL",
    required=True,
    help="The PostgreSQL to read; a password belongs into PGPASSWORD or a passfile.",
)
@click.option("--experiment", metavar="ID", help="Which one, where several are recorded.")
@click.option(
    "--exposures",
    metavar="SQL",
    help="Yields user_id and variant, and experiment where there are several.  "
    "[default: the reference server's experiment_exposures]",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME[:lower]=SQL",
    help="Yields user_id and value, one row a user, or user_id, total and events; :lower where "
    "lower is better; :experiment in it is the ID. Can be repeated.  [default: impressions a user]",
)
@click.option("--shares", metavar="A=50,B=50", help="What was assigned.  [default: equal shares]")
@click.option(
    "--control",
    metavar="VARIANT",
    help="Compare the others with this one.  [default: control, else the first]",
)
@click.option(
    "--margin",
    type=FiniteRange(0, 100, min_open=True, max_open=True),
    metavar="PCT",
    default=5.0,
    show_default=True,
    help="Differences smaller than this do not matter.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=FiniteRange(0.01, 86_400),
    metavar="S",
    default=60.0,
    show_default=True,
    help="How long one statement may take.",
)
@json_option
def analyse_command(
    database: str,
    experiment: str | None,
    exposures: str | None,
    metrics: tuple[str, ...],
    shares: str | None,
    control: str | None,
    margin: float,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Compare the variants of an A/B experiment by the users who were exposed to them.

    Reads any PostgreSQL and writes nothing. Whether the numbers of exposed users fit the shares
    comes first: if not (χ², p < 0.001), all metrics are unknown. The unit is the user.
    """
    if exposures and not metrics:
        raise UsageError(
            "the default metrics read the reference server's tables",
            hint="Name yours with --metric NAME=SQL",
        )
    recorded = read_exposures(
        database,
        experiment=experiment,
        exposures=exposures or EXPOSURES,
        metrics=[_metric(text) for text in metrics] or DEFAULT_METRICS,
        timeout_s=timeout_s,
    )
    seen = sorted({variant for _, variant in recorded.exposed})
    planned = _shares(shares) if shares else dict.fromkeys(seen, 1.0)
    if not shares:
        say("equal shares are assumed; --shares A=90,B=10 says others")
    result = analyse_exposed(
        recorded.experiment,
        recorded.exposed,
        recorded.metrics,
        control=_control(control, planned, seen),
        shares=planned,
        margin=margin / 100,
    )
    if as_json:
        show_json(encode_record(exposed_record(result), "the result"))
    else:
        print_exposed(result, table_console())
    sys.exit(_exit_code(result))


def _metric(text: str) -> MetricQuery:
    head, equals, query = text.partition("=")
    name, colon, side = head.rpartition(":")
    if not colon or side.strip() not in ("lower", "higher"):
        name, side = head, "higher"
    if not equals or not name.strip() or not query.strip():
        raise UsageError("a metric is NAME=SQL", hint="Write --metric 'clicks=SELECT user_id, …'")
    is_lower = side.strip() == "lower"
    return MetricQuery(name=name.strip(), sql=query, better="lower" if is_lower else "higher")


def _shares(text: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.rpartition("=")
        try:
            share = float(number)
        except ValueError:
            share = math.nan
        if not name.strip() or not 0 < share < math.inf or name.strip() in shares:
            raise UsageError("shares are VARIANT=NUMBER,…", hint="Write --shares A=50,B=50")
        shares[name.strip()] = share
    return shares


def _control(wanted: str | None, planned: dict[str, float], seen: list[str]) -> str:
    known = {*planned, *seen}
    if len(known) < 2:
        raise UsageError(
            "fewer than two variants are known", hint="Name those that were assigned with --shares"
        )
    if wanted is None:
        return _CONTROL if _CONTROL in known else next(iter(planned))
    if wanted not in known:
        raise UsageError(f"no variant {wanted}", hint=f"There are: {', '.join(sorted(known))}")
    return wanted


def _exit_code(result: ExposedResult) -> ExitCode:
    """Return how it ends: decided, a variant is worse, or something undecided or unknown."""
    verdicts = {one.verdict for one in result.comparisons}
    if "worse" in verdicts:
        return ExitCode.FAIL
    is_open = not verdicts or not verdicts.isdisjoint({"undecided", "unknown"})
    return ExitCode.UNDECIDED if is_open else ExitCode.PASS
