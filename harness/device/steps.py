"""What a person is asked to do with the device: steps, as data.

A step is a scenario of the browser matrix carried out by hand. Its page is the target's display
page with the conductor in it (conductor.js), which does the step's *acts* one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.run.run import Run

Act = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: how the page is opened, which artworks it shows, what is done with it.

    ``views`` is how many views that makes.

    ``title`` and ``why`` are for the person. ``stays``: the page is alive when the books are
    balanced; else it is closed, and a return visit sends what it left.
    """

    scenario: str
    title: str
    why: str
    artworks: Callable[[Run], Sequence[str]]
    acts: Sequence[Act]
    options: Mapping[str, str]
    views: int
    stays: bool = False


def show(first: int, last: int) -> Act:
    """Show the artworks first … last - 1, all at once."""
    return {"do": "show", "first": first, "last": last}


def drained(timeout_s: float) -> Act:
    """Wait until the page's queue is empty, so long at most."""
    return {"do": "drained", "timeoutMs": timeout_s * 1000}


def ready(text: str) -> Act:
    """Say what comes next, and wait until the person taps that they are ready."""
    return {"do": "ready", "text": text}


def look_away() -> Act:
    """Have the person put the page behind something else, and bring it back."""
    return {"do": "lookAway"}


def tell() -> Act:
    """Write down the page's own counters and what it still holds."""
    return {"do": "tell"}


def close() -> Act:
    """Have the person close the tab."""
    return {"do": "close"}
