"""Where a history is, and which revision was tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from click.core import ParameterSource

from harness.cli.options.shared import FiniteRange
from harness.compose.history.history import is_shared
from harness.core.environment import HISTORY_VARIABLE
from harness.core.errors import UsageError
from harness.target.database import has_password

Command = TypeVar("Command", bound=Callable[..., object])

DEFAULT_HISTORY = "history"
"""A folder of the current one, beside ``runs``."""


def _place(context: click.Context, parameter: click.Parameter, place: str | None) -> str | None:
    """Return where the history is. Raises UsageError for a password that others can see."""
    if place and is_shared(place) and has_password(place):
        source = context.get_parameter_source(str(parameter.name))
        if source is ParameterSource.COMMANDLINE:
            raise UsageError(
                "--history holds a password, which every user of this machine can see",
                hint=f"Put it into PGPASSWORD or a passfile, or the URL into {HISTORY_VARIABLE}",
            )
    return place


def _option(default: str | None, shown_default: str) -> Callable[[Command], Command]:
    return click.option(
        "--history",
        metavar="PLACE",
        envvar=HISTORY_VARIABLE,
        default=default,
        callback=_place,
        help="The folder of the history, or a PostgreSQL (postgresql://…; its password belongs "
        f"into PGPASSWORD or a passfile).  [default: ${HISTORY_VARIABLE}, else {shown_default}]",
    )


history_option = _option(DEFAULT_HISTORY, "./history")
"""Gives a command that reads a history its place as ``history``."""


stored_history_option = _option(None, "the folder `history` beside that of the runs")
"""Gives a command that reads stored runs the history's place as ``history``, None if not given."""


def keep_history_options(command: Command) -> Command:
    """Give a command that keeps a suite ``history``, None where it is not given, and
    ``no_history``."""
    command = click.option(
        "--no-history", is_flag=True, help="Do not keep this suite in the history."
    )(command)
    return _option(None, "the folder `history` beside --out")(command)


def run_history_options(command: Command) -> Command:
    """Give a command that runs a suite ``history``, ``no_history``, ``revision``, ``against`` and
    ``recheck``."""
    command = click.option(
        "--revision",
        metavar="TEXT",
        default="",
        help="The revision of the target.  [default: that of the harness and its own server]",
    )(command)
    command = click.option(
        "--against",
        metavar="NAME",
        help="Also compare the suite with this baseline of the history; what got worse fails.",
    )(command)
    command = click.option(
        "--recheck",
        type=FiniteRange(0, min_open=True),
        metavar="MIN",
        help="Then measure what is suspect beside the last good revision, for MIN minutes at most.",
    )(command)
    return keep_history_options(command)


def beside(out: Path) -> str:
    """Return where the history of suites lies that are run into ``out``."""
    return str(out.parent / DEFAULT_HISTORY)
