"""How many cells run at a time: as asked, or as many as this machine has room for."""

from __future__ import annotations

import click

from harness.setup.room import room

workers_option = click.option(
    "-n",
    "--workers",
    type=click.IntRange(1),
    default=None,
    help="How many cells run at a time; by default one for each core that has 3 GiB of memory.",
)
"""Gives a command the number as ``workers``, None where the machine decides."""


def at_once_of(workers: int | None) -> tuple[int, str]:
    """Return how many cells run at a time, and why where that was not asked for."""
    if workers is not None:
        return workers, ""
    found = room()
    return found.cells, found.why
