"""The longest tests run first, so that no worker is left alone with one at the end.

They wait half of their time, for a browser, a server or a slow line: the short ones, which only
compute, run between them, so that the processors have work from the first minute to the last.

``durations.txt`` holds the tests that take seconds, by name alone, so that a test may move;
``python -m tests.order LOG`` rewrites it from the output of a run with ``--durations=0``. Out of
date it costs time, and nothing else.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T", bound="Named")
DURATIONS = Path(__file__).with_name("durations.txt")
LEAST_S = 3.0
"""Shorter tests are not listed."""
_LINE = re.compile(r"^([\d.]+)s (?:setup|call|teardown) +\S+::(\w+)", re.MULTILINE)


class Mark(Protocol):
    """A mark of a test, and what it was made with."""

    args: tuple[object, ...]


class Named(Protocol):
    """A test that was collected."""

    nodeid: str

    def get_closest_marker(self, name: str) -> Mark | None: ...


def longest_first(items: list[T]) -> None:
    """Sort the tests by their seconds, longest first, with the others spread between them in their
    order: after each as large a part of them as it is of all the seconds.

    What shares an ``xdist_group`` runs in one worker, so it takes as long as all of it together.
    """
    seconds = read(DURATIONS.read_text(encoding="utf-8"))
    together: dict[str, float] = defaultdict(float)
    for item in items:
        together[_unit(item)] += seconds.get(_name(item.nodeid), 0.0)
    others = [item for item in items if not together[_unit(item)]]
    longest = [item for item in items if together[_unit(item)]]
    longest.sort(key=lambda item: -together[_unit(item)])
    whole_s = sum(seconds.get(_name(item.nodeid), 0.0) for item in longest)
    mixed, placed, past_s = [], 0, 0.0
    for item in longest:
        past_s += seconds.get(_name(item.nodeid), 0.0)
        end = round(len(others) * past_s / whole_s)
        mixed += [item, *others[placed:end]]
        placed = end
    items[:] = [*mixed, *others[placed:]]


def read(text: str) -> dict[str, float]:
    """Return test → seconds from the lines ``SECONDS TEST``."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line[:1] != "#")
    return {test: float(seconds) for seconds, test in pairs}


def measured(log: str) -> dict[str, float]:
    """Return test → seconds of its longest case, set-up and all, of those that take a while."""
    found: dict[str, float] = defaultdict(float)
    for seconds, test in _LINE.findall(log):
        found[test] = max(found[test], float(seconds))
    return {test: s for test, s in found.items() if s >= LEAST_S}


def _unit(item: Named) -> str:
    """Return what goes to one worker: the group of a test, or the test itself."""
    group = item.get_closest_marker("xdist_group")
    return f"@{group.args[0]}" if group else item.nodeid


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[0].rpartition("::")[2]


if __name__ == "__main__":
    [log] = sys.argv[1:]
    longest = sorted(
        measured(Path(log).read_text(encoding="utf-8")).items(), key=lambda one: (-one[1], one[0])
    )
    lines = [f"{seconds:.0f} {test}" for test, seconds in longest]
    DURATIONS.write_text("\n".join(lines) + "\n", encoding="utf-8")
