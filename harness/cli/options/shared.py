"""Options that mean the same in every command that has them."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from harness.browsers.drivers.remote import shown_address
from harness.cli.output import be_quiet
from harness.compose.history.history import is_shared
from harness.core.toml import place_of
from harness.process.modules import refuse_missing_module
from harness.target.database import shown
from harness.target.described.file import REFERENCE_SERVER
from harness.target.target import Target, load_target


class FiniteRange(click.FloatRange):
    """A number within bounds. ``nan`` is within any, as a comparison sees it, and is refused."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number. Raises BadParameter."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def _loaded(context: click.Context, parameter: click.Parameter, file: Path | None) -> Target:
    if file is None:
        return Target()
    target = load_target(file)
    if target.server_module != REFERENCE_SERVER:
        refuse_missing_module(target.server_module, named_in=place_of(file, ["server"], "module"))
    return target


target_option = click.option(
    "--target",
    type=click.Path(path_type=Path),
    callback=_loaded,
    help="A target file (TOML).",
)
"""Gives a command the target as ``target``, read from the file if one is named."""

database_option = click.option(
    "--database", metavar="URL", help="Use this PostgreSQL instead of the harness's own."
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Where run directories are made.",
)
verdict_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print verdict.json instead of the table."
)
quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=lambda context, parameter, value: be_quiet(value),
    help="Print the result and errors only.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")


_SHOWN_IN_PART: Mapping[str, Callable[[str], str]] = {
    "--database": shown,
    "--connect": shown_address,
    "--browser": shown_address,
    "--history": lambda place: shown(place) if is_shared(place) else place,
}
"""Options whose value may hold a password."""


def command_line() -> str:
    """Return the command as it was typed, but of addresses only what may be shown."""
    words = ["harness"]
    for word in sys.argv[1:]:
        option, equals, value = word.partition("=")
        if option in _SHOWN_IN_PART and equals:
            words.append(f"{option}={_SHOWN_IN_PART[option](value)}")
        else:
            words.append(_SHOWN_IN_PART.get(words[-1], str)(word))
    return shlex.join(words)
