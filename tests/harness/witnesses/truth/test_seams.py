"""What lies between two pages is decided by a third that begins one earlier."""

from __future__ import annotations

import pytest

from harness.witnesses.truth.seams import left_out, shown_by_both
from harness.witnesses.truth.stored import StoredView


def rows(letters: str) -> list[StoredView]:
    return [StoredView(one, None) for one in letters]


@pytest.mark.parametrize(
    ("across", "before", "after", "found"),
    [
        ("bcd", "abc", "cde", "c"),  # a page begins with the row that it follows
        ("bcd", "abc", "def", None),  # as it should
        ("cdef", "abcd", "cdef", None),  # page numbers: nothing is before what both show
        ("bcdef", "abcd", "cdef", "c"),  # two rows are shown by both
        ("ccd", "abc", "cde", None),  # stored twice, on both sides of the seam
        ("cccd", "acc", "cde", None),
        ("ccd", "bcc", "cde", None),
        ("cde", "abc", "cde", None),  # the number between is no row: nothing is seen of the seam
        ("bcd", "c", "cde", None),
        ("bcd", "abc", "c", None),
        ("", "abc", "cde", None),
    ],
)
def test_a_row_that_two_pages_show(across: str, before: str, after: str, found: str | None) -> None:
    one = shown_by_both(rows(across), rows(before), rows(after))
    assert (one.id if one else None) == found


@pytest.mark.parametrize(
    ("across", "before", "after", "found"),
    [("xde", "abc", "def", "x"), ("cde", "abc", "def", None), ("", "abc", "def", None)],
)
def test_a_row_that_no_page_shows(across: str, before: str, after: str, found: str | None) -> None:
    one = left_out(rows(across), rows(before), rows(after))
    assert (one.id if one else None) == found
