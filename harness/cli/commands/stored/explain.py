"""``harness explain``: one impression's story."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.output import show
from reports.pages.explain import explain


@click.command("explain", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("impression")
def explain_command(run: Path, impression: str) -> None:
    """Show what every witness recorded of one impression (USER/ARTWORK, or ARTWORK)."""
    show(explain(run, impression))
