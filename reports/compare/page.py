"""A comparison as one self-contained page: every row, also those that a terminal leaves out."""

from __future__ import annotations

from reports.compare.record import ComparedRecord
from reports.compare.words import side_sentence, tables
from reports.pages.html import environment

_STANDING = {
    "worse": ("fail", "✗"),
    "undecided": ("unknown", "?"),
    "no worse": ("pass", "✓"),
    "no difference": ("pass", "✓"),
}


def render_compared(found: ComparedRecord) -> str:
    """Return the whole page; every text of the two is escaped."""
    return (
        environment()
        .get_template("compare.html.j2")
        .render(
            found=found,
            standing=_STANDING[found.outcome],
            sides=[("A", side_sentence(found.a)), ("B", side_sentence(found.b))],
            tables=tables(found),
        )
    )
