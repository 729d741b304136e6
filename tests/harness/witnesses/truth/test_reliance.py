"""What several reads, held against one another, say of those that lack something."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.witnesses.truth.reliance import Reliance

Key = tuple[str, str]


def views(first: int, last: int) -> set[Key]:
    return {("ann", f"x{number}") for number in range(first, last + 1)}


def reads(*shown: tuple[int, set[Key]]) -> Reliance:
    reliance = Reliance()
    for total, rows in shown:
        reliance.note(total, Counter(rows))
    return reliance


END = (100, views(1, 99))
"""A list of a hundred rows, one of them the harness's own view."""


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ((), ""),
        ((END, END, END), "shows 100 rows, no more, after which lists often end"),
        ((END, END), ""),
        (((90, views(1, 89)), END, END), ""),
        (((90, views(1, 89)), END, (90, views(1, 89)), END, END), ""),
        (3 * ((101, views(1, 100)),), ""),
        (3 * ((40, views(1, 39)),), ""),
        (
            ((37, views(1, 37)), (37, views(3, 39)), (37, views(5, 41))),
            "shows 37 rows whatever is added",
        ),
        (((37, views(1, 37)), (37, views(3, 39)), (37, views(3, 39))), ""),
        (((37, views(1, 37)), (38, views(1, 38)), (39, views(1, 39))), ""),
        (((37, views(1, 37)), (37, views(3, 39)), (37, views(3, 39)), (37, views(5, 41))), "37"),
        (((37, views(1, 37)), (38, views(3, 39)), (39, views(5, 41)), (39, views(5, 41))), ""),
        (((0, set()), (0, set()), (0, set())), ""),
        (((3, views(1, 3)), (0, set())), "shows nothing at all, and did before"),
        (((3, views(1, 3)), (1, set())), ""),
    ],
)
def test_what_is_doubtful_where_something_is_missing(
    shown: tuple[tuple[int, set[Key]], ...], words: str
) -> None:
    reliance = reads(*shown)
    assert words in reliance.doubt(views(1, 200))
    assert bool(reliance.doubt(views(1, 200))) is bool(words)


def test_what_was_stored_may_have_gone_with_what_was_down() -> None:
    emptied = reads((3, views(1, 3)), (0, set()))
    assert emptied.doubt(views(1, 3), was_down=True) == ""
    assert emptied.doubt(views(1, 3), was_down=False)


def test_nothing_is_doubtful_where_all_is_there() -> None:
    assert reads(END, END, END).doubt(views(1, 99)) == ""
    assert reads(END, END, END).doubt(set()) == ""


def test_what_any_read_has_shown_is_remembered() -> None:
    assert reads((3, views(1, 3)), (2, views(2, 3)), (3, views(2, 4))).ever == views(1, 4)
