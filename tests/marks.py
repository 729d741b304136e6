"""The marks are true: a test that starts a browser or a stack says so, or cannot start it.

``make test-fast`` leaves out what is marked, so an unmarked start would make it slow unnoticed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

STARTED_BY_FIXTURE = {
    "browser": ("browsers", "behind_link", "chromium"),
    "stack": ("postgres",),
}
"""Mark → fixtures that start such a thing, if only for the first test that asks."""
STARTED_BY_PROGRAM = {
    "browser": ("chromium", "chrome", "firefox", "firefox-esr", "MiniBrowser", "WebKitWebDriver"),
    "stack": (
        "postgres",
        "initdb",
        "toxiproxy",
        "toxiproxy-server",
        "servers.ingest",
        "servers.collector",
        "locust",
    ),
    "slow": ("harness", "pytest", "schemathesis", "mypy", "lint-imports"),
}
"""Mark → programs, and modules that ``python -m`` runs."""
ENOUGH = {"browser": {"browser"}, "stack": {"stack"}, "slow": {"slow", "browser", "stack"}}
"""Mark that a start wants → marks that allow it."""
_HARMLESS = ("--version", "--help")

_running: list[pytest.Item] = []


class Collected(Protocol):
    """A test as pytest collected it."""

    def add_marker(self, marker: str) -> None: ...


def mark_by_fixture(items: Iterable[Collected]) -> None:
    """Mark the tests whose fixtures start something."""
    for item in items:
        for mark, fixtures in STARTED_BY_FIXTURE.items():
            if not set(getattr(item, "fixturenames", ())).isdisjoint(fixtures):
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember which test runs: what is started meanwhile, it starts."""
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.remove(item)


def mark_wanted(argv: Sequence[str]) -> str | None:
    """Return the mark of tests that start such a process; None if it needs none.

    What counts is the program, a module that Python runs, or a program that another one starts,
    which is named by its path.
    """
    if set(_HARMLESS) & set(argv):
        return None
    modules = {argv[place + 1] for place in range(len(argv) - 1) if argv[place] == "-m"}
    names = modules | {Path(w).name for n, w in enumerate(argv) if n == 0 or w.startswith("/")}
    for mark, programs in STARTED_BY_PROGRAM.items():
        if not names.isdisjoint(programs):
            return mark
    return None


def refuse_unmarked(argv: Sequence[str], marks: set[str]) -> None:
    """Raise UnmarkedStart if a test with these marks may not start such a process."""
    wanted = mark_wanted(argv)
    if wanted and marks.isdisjoint(ENOUGH[wanted]):
        raise UnmarkedStart(f"mark this test pytest.mark.{wanted}: it starts {' '.join(argv)}")


class UnmarkedStart(AssertionError):
    """A test starts what its marks do not say."""


def watch_starts() -> None:
    """Watch every process that Python starts from now on; an audit hook cannot be taken off."""

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen" and _running:
            marks = {mark.name for mark in _running[-1].iter_markers()}
            refuse_unmarked(_words(arguments[1]), marks)

    sys.addaudithook(watch)


def _words(argv: object) -> list[str]:
    words = argv if isinstance(argv, list | tuple) else [argv]
    return [word.decode() if isinstance(word, bytes) else str(word) for word in words]
