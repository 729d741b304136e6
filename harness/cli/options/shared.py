"""Options that mean the same in every command that has them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from harness.target.target import Target, load_target, redacted


def _loaded(context: click.Context, parameter: click.Parameter, file: Path | None) -> Target:
    return load_target(file) if file else Target()


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
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")


def command_line() -> str:
    """Return the command as it was typed, its passwords hidden."""
    return shlex.join(["harness", *map(redacted, sys.argv[1:])])
