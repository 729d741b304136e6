"""Where one page of truth ends and the next begins: is a row left out there, or shown by both?

Each is decided by a third page that begins one earlier than the second, so that it holds what lies
on both sides of the seam.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.witnesses.truth.stored import StoredView

Views = Sequence[StoredView]


def shown_by_both(across: Views, before: Views, after: Views) -> StoredView | None:
    """Return the first row that ends the page ``before`` and begins the page ``after`` although it
    is one; None where ``across`` does not show that.

    A view that is stored twice is twice in ``across`` too. Only a row that stands there once,
    between the last that ``before`` has alone and the first that ``after`` has alone, is one row.
    """
    for shared in range(1, min(len(before), len(after))):
        whole = [*before[-shared - 1 :], after[shared]]
        is_shared = list(before[-shared:]) == list(after[:shared])
        if is_shared and len({*whole}) == len(whole) and _holds(across, whole):
            return after[0]
    return None


def left_out(across: Views, before: Views, after: Views) -> StoredView | None:
    """Return the row that ``across`` begins with and that neither of the two pages has."""
    known = {*before, *after}
    return across[0] if across and across[0] not in known else None


def _holds(page: Views, rows: list[StoredView]) -> bool:
    """Return whether the rows stand on a page one after another."""
    return any(list(page[at : at + len(rows)]) == rows for at in range(len(page)))
