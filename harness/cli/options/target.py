"""The options of a command that sends something to a described system."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from harness.cli.options.shared import FiniteRange
from harness.target.described.safety import DURATION_MAX_S, OPTION, RATE_MAX

F = TypeVar("F", bound=Callable[..., object])


class Caps(NamedTuple):
    """The most that another machine is sent: requests a second, and for how many seconds."""

    rate_max: float
    duration_max_s: float


_OPTIONS = (
    click.option(
        OPTION,
        "own_host",
        metavar="HOST",
        default="",
        help="Allow a target on another machine; its very name.",
    ),
    click.option(
        "--max-rate",
        type=FiniteRange(0.001),
        default=RATE_MAX,
        show_default=True,
        help="Requests a second that another machine is sent at most.",
    ),
    click.option(
        "--max-seconds",
        type=FiniteRange(1),
        default=DURATION_MAX_S,
        show_default=True,
        help="How long another machine is sent a load at most.",
    ),
)


def owner_options(command: F) -> F:
    """Give a command with a ``target`` the options by which an owner allows more: the target has
    the host that was named, and ``caps`` are the limits."""

    @functools.wraps(command)
    def with_caps(*args: Any, **given: Any) -> object:
        own_host = given.pop("own_host")
        caps = Caps(given.pop("max_rate"), given.pop("max_seconds"))
        target = dataclasses.replace(given.pop("target"), own_host=own_host)
        return command(*args, **given, target=target, caps=caps)

    with_options: Any = with_caps
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options  # type: ignore[no-any-return]
