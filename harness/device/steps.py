"""The steps that a person does with the device, as data.

A step is a scenario of the browser matrix done by hand. Its page is the target's display page with
an injected script (conductor.js), which does the step's *acts* one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.run.run import Run

Act = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStep:
    """One step: the options of its page, the artworks that it shows, and what it does.

    ``views`` is the number of views in it. ``title`` and ``why`` are texts for the person.
    ``stays``: the page stays open until the run is judged; otherwise it is closed, and a return
    visit sends its remaining queue.
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
    """Wait until the page's queue is empty, at most ``timeout_s``."""
    return {"do": "drained", "timeoutMs": timeout_s * 1000}


def ready(text: str) -> Act:
    """Show a text about what comes next, and wait until the person taps the button below it."""
    return {"do": "ready", "text": text}


def look_away() -> Act:
    """Have the person switch to another app and return to the page."""
    return {"do": "lookAway"}


def report() -> Act:
    """Record the page's telemetry and its queue."""
    return {"do": "report"}


def close() -> Act:
    """Have the person close the tab."""
    return {"do": "close"}
