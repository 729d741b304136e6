"""Loading some 1,500 modules takes two thirds of the time when the garbage collector rests.

What is loaded stays, so looking through it again and again finds nothing, and once more when the
process ends. ``harness`` loads its commands with this; a pytest that is given this module with
``-p`` collects its tests with it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Keep the collector off in the block, and away from what was made in it for good."""
    gc.disable()
    try:
        yield
    finally:
        _loaded()


def begin() -> None:
    """Keep the collector off until ``pytest_runtestloop``."""
    gc.disable()


def pytest_plugin_registered(plugin: object) -> None:
    """Begin as soon as pytest knows this module; other plugins come after it."""
    if getattr(plugin, "__name__", "") == __name__:
        begin()


def pytest_runtestloop() -> None:
    """Everything is collected: the tests' own garbage is looked for."""
    _loaded()


def _loaded() -> None:
    gc.freeze()
    gc.enable()
