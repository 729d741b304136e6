"""The options of ``harness run`` that say what to run; together they are one ``PlanRequest``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.cli.options.browsers import browsers_named
from harness.cli.options.load import load_options
from harness.setup.machine import ThisMachine
from harness.target.reference.topologies import FACTOR as TOPOLOGY
from harness.target.reference.topologies import TOPOLOGIES
from scenarios.catalogue.request import DEFAULT_SUITE, PlanRequest, levels_of

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS = (
    click.argument("scenarios", nargs=-1, metavar="[SCENARIO]..."),
    click.option("--suite", help=f"Run a suite; without scenarios: {DEFAULT_SUITE}."),
    click.option("--browser", multiple=True, help="Run in this browser. Can be repeated."),
    click.option(
        "--connect",
        multiple=True,
        metavar="URL",
        help="Run in this remote browser. Can be repeated.",
    ),
    click.option("--preset", multiple=True, help="Only arms with this preset. Can be repeated."),
    click.option(
        "--arm",
        "factors",
        multiple=True,
        metavar="FACTOR=LEVEL",
        help="Only arms with this level of a factor. Can be repeated.",
    ),
    click.option(
        "--network",
        multiple=True,
        metavar="NETWORK",
        help="PROFILE, BACKEND or PROFILE@BACKEND. Can be repeated.",
    ),
    click.option(
        "--topology",
        multiple=True,
        type=click.Choice(list(TOPOLOGIES)),
        help="What the reference system is made of; single without it. Can be repeated.",
    ),
    click.option("--seed", type=click.IntRange(0), help="The first seed, instead of the suite's."),
    click.option(
        "--repeat",
        type=click.IntRange(1),
        default=1,
        help="How many seeds, counting up from --seed.",
    ),
)


def request_options(command: F) -> F:
    """Give a command with a ``target`` the options that say what to run, as ``request``."""

    @functools.wraps(command)
    def with_request(*args: Any, **given: Any) -> object:
        load, names, suite = given.pop("load"), given.pop("scenarios"), given.pop("suite")
        browsers = browsers_named(
            given.pop("browser"), given.pop("connect"), given["target"], ThisMachine()
        )
        levels = levels_of(
            given.pop("factors"),
            {
                "preset": given.pop("preset"),
                "network": given.pop("network"),
                TOPOLOGY: given.pop("topology"),
                "browser": browsers,
                **load,
            },
        )
        request = PlanRequest(
            suite=suite or ("" if names else DEFAULT_SUITE),
            names=names,
            levels=levels,
            seeds=_seeds(given.pop("seed"), given.pop("repeat")),
        )
        return command(*args, **given, request=request)

    with_options = load_options(with_request)
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options  # type: ignore[return-value]


def _seeds(first: int | None, count: int) -> tuple[int, ...]:
    """Return the seeds that are asked for; none means each suite's own."""
    begin = 1 if first is None else first
    return tuple(range(begin, begin + count)) if first is not None or count > 1 else ()
