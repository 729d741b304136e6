"""The stories of the accused, for a page: what every witness saw of an offending impression."""

from __future__ import annotations

from collections.abc import Callable

from reports.evidence.evidence import Evidence
from reports.pages.explain import stories_in
from reports.verdict.verdict import Cell, Verdict

MOST_STORIES = 4
"""A cell has at most this number of stories; ``harness explain`` has all."""
_MOST_LINES = 120
_MOST_ROWS = 500_000
"""Above this number of rows a ledger is not searched for a page: it takes seconds a story."""


def stories_of(cell: Cell, read: Callable[[], Evidence | None]) -> list[tuple[str, str]]:
    """Return name and story of the worst offender of each finding that did not pass.

    Findings come in the judge's order and each gives its first example that names one impression;
    a story that several findings share is there once. A ledger of more than 500,000 rows gives
    none.
    """
    if cell.run is None or cell.verdict is Verdict.PASS or (evidence := read()) is None:
        return []
    ledger = evidence.ledger
    if (
        ledger.in_short
        or sum(map(len, (ledger.viewer, ledger.client, ledger.load, ledger.server))) > _MOST_ROWS
    ):
        return []
    named = [f.examples for f in cell.findings if f.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    known = stories_in(ledger, {name for names in named for name in names})
    first = (next((name for name in names if name in known), None) for names in named)
    chosen = [name for name in dict.fromkeys(first) if name is not None]
    return [(name, _shortened(known[name])) for name in chosen[:MOST_STORIES]]


def _shortened(story: str) -> str:
    lines = story.splitlines()
    more = len(lines) - _MOST_LINES
    return story if more <= 0 else "\n".join([*lines[:_MOST_LINES], f"… and {more} lines more"])
