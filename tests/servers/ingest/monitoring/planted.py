"""A module with one thing wrong: the tests of its part must fail, or they show nothing."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import NamedTuple

import pytest


class Planted(NamedTuple):
    """What is replaced in a module's source, by what, and the test that must notice."""

    before: str
    after: str
    noticed_by: Callable[[], Awaitable[None]]


async def must_be_noticed(
    module: ModuleType, one: Planted, monkeypatch: pytest.MonkeyPatch, *users: ModuleType
) -> None:
    """Run the test with the defect in the place of the module's classes, there and in ``users``,
    and require that it fails."""
    wrong = _with(module, one.before, one.after)
    for name, value in vars(wrong).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            for place in (module, *users):
                if hasattr(place, name):
                    monkeypatch.setattr(place, name, value)
    with pytest.raises((AssertionError, LookupError, ValueError)):
        await one.noticed_by()


def _with(module: ModuleType, before: str, after: str) -> ModuleType:
    source = inspect.getsource(module)
    assert source.count(before) == 1, f"{before!r} is there {source.count(before)} times"
    spec = importlib.util.spec_from_loader(module.__name__, loader=None)
    assert spec is not None
    wrong = importlib.util.module_from_spec(spec)
    exec(compile(source.replace(before, after), str(module.__file__), "exec"), vars(wrong))
    return wrong
