"""The parameters of checks as a stored run holds them: of the type that the check takes, or named.

A parameter of another type would crash its check, or have it compare what was never meant.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping

from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS

_LATE = ("in_time", "within_s")
_FLAGS = ("beacons_count",)
"""Figures that are 0 or 1; stored runs hold them as true or false too."""
_WORDS: Mapping[type, str] = {float: "a number", str: "text"}


_MOST = 2**63
"""No figure that is measured is larger; neither is one that is not finite smaller."""


def mistake_in(spec: CheckSpec) -> str:
    """Return what is wrong with the parameters of a check, in words; empty where nothing is.

    A check that does not exist has no wrong parameters.
    """
    if spec.name not in CHECKS:
        return ""
    function = CHECKS[spec.name].function
    types, given = _types(function), spec.parameters
    for name, value in given.items():
        if name not in types:
            return f"parameters.{name}: the check has no such parameter"
        is_flag = name in _FLAGS and isinstance(value, bool)
        if not is_flag and not _fits(value, types[name]):
            return f"parameters.{name}: expected {_WORDS[types[name]]}, got {value!r}"
    lacking = [name for name in _needed(function) if name not in given]
    return f"parameters: {lacking[0]} is missing" if lacking else ""


def late_after_s(specs: Iterable[CheckSpec]) -> float | None:
    """Return from when on an impression is late (s): the least bound of the checks that ask for
    one, None where none does."""
    check, parameter = _LATE
    asking = [one for one in specs if one.name == check and not mistake_in(one)]
    return min((float(one.parameters[parameter]) for one in asking), default=None)


def _fits(value: object, kind: type) -> bool:
    if kind is not float:
        return isinstance(value, kind)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _MOST


@functools.cache
def _types(function: Callable[..., object]) -> dict[str, type]:
    hints = typing.get_type_hints(function)
    return {name: hints[name] for name in list(inspect.signature(function).parameters)[1:]}


@functools.cache
def _needed(function: Callable[..., object]) -> tuple[str, ...]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return tuple(one.name for one in parameters if one.default is one.empty)
