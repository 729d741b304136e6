"""Erasures that take all of one user and nothing of another, histories that are whole."""

from __future__ import annotations

from harness.ledger.kinds.client import HistoryPage
from harness.ledger.kinds.database import RowsExpired, UserKept
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, lived


def erased(
    *tables: tuple[str, tuple[int, int], tuple[int, int]], is_read: bool = True
) -> HandWritten:
    """By table: rows of the erased user and rows of the other, before and after."""
    ledger = lived()
    for table, own, others in tables:
        for is_erased, found in ((True, own), (False, others)):
            for is_after in (False, True) if is_read else (False,):
                rows = found[is_after]
                row = UserKept(
                    user="ann" if is_erased else "bob",
                    table=table,
                    is_after=is_after,
                    is_erased=is_erased,
                    held=rows,
                    digest=f"{rows} rows",
                )
                ledger.saw(9.0 if is_after else 5.0, row)
    return ledger


ERASED = cases(
    "erasure_exact",
    {"tables": 2},
    all_of_one=(lambda: erased(("a", (3, 0), (4, 4)), ("b", (1, 0), (2, 2))), PASS, "2 tables"),
    rows_left=(lambda: erased(("a", (3, 0), (4, 4)), ("b", (1, 1), (2, 2))), FAIL, "1 tables"),
    anothers_gone=(lambda: erased(("a", (3, 0), (4, 3)), ("b", (1, 0), (2, 2))), FAIL),
    anothers_more=(lambda: erased(("a", (3, 0), (4, 5)), ("b", (1, 0), (2, 2))), FAIL),
    nothing_of_one_before=(
        lambda: erased(("a", (3, 0), (4, 4)), ("b", (0, 0), (2, 2))),
        UNKNOWN,
        "only 1",
    ),
    nothing_of_the_other_before=(
        lambda: erased(("a", (3, 0), (4, 4)), ("b", (1, 0), (0, 0))),
        UNKNOWN,
    ),
    not_read_after=(lambda: erased(("a", (3, 0), (4, 4)), is_read=False), UNKNOWN),
    not_read=(lived, UNKNOWN),
)


def history(*pages: tuple[str, ...], expired: tuple[str, ...] = ("a",)) -> HandWritten:
    """What a user saw, a to d, was read in pages; the last ends it where it is empty."""
    ledger = HandWritten()
    for number, artwork in enumerate("abcd"):
        ledger.shown(artwork, 1.0 + number)
    for number, artworks in enumerate(pages, 1):
        row = HistoryPage(
            user=USER,
            tab=None,
            artworks=tuple(one for one in artworks if one != "end"),
            number=number,
            is_last="end" in artworks,
        )
        ledger.saw(6.0 + number, row)
    return ledger.saw(6.5, RowsExpired(user=USER, artworks=expired))


WHOLE = cases(
    "history_whole",
    {"pages": 2, "expired": 1},
    whole=(lambda: history(("d", "c"), ("b", "end")), PASS, "3 entries"),
    with_the_deleted_one=(lambda: history(("d", "c"), ("b", "a", "end")), PASS, "4 entries"),
    left_out=(lambda: history(("d", "c"), ("end",)), FAIL, "1 entries"),
    twice=(lambda: history(("d", "c"), ("c", "b", "end")), FAIL),
    never_seen=(lambda: history(("d", "c"), ("b", "x", "end")), FAIL),
    one_page=(lambda: history(("d", "c", "b", "end")), UNKNOWN),
    no_end=(lambda: history(("d", "c"), ("b",)), UNKNOWN),
    none_deleted=(
        lambda: history(("d", "c"), ("b", "a", "end"), expired=()),
        UNKNOWN,
        "only 0",
    ),
    not_read=(lived, UNKNOWN),
)


def deleted(
    *stored: str, final: bool = True, users: bool = False, is_erased: bool = True
) -> HandWritten:
    """Ann saw a, b and c; a was deleted by a job, or all of hers erased, or another's."""
    ledger = lived()
    for number, artwork in enumerate("abc"):
        ledger.shown(artwork, 1.0 + number)
    ledger.receipt(["a", "b", "c"], 4.0)
    if users:
        for is_after in (False, True):
            row = UserKept(
                user=USER,
                table="user_art_impressions",
                is_after=is_after,
                is_erased=is_erased,
                held=0 if is_after else 3,
                digest="",
            )
            ledger.saw(6.0 + is_after, row)
    else:
        ledger.saw(6.5, RowsExpired(user=USER, artworks=("a",)))
    return ledger.final(9.0, viewed_s=4.0, **dict.fromkeys(stored, 1)) if final else ledger


LOST = cases(
    "only_deleted_lost",
    {"deleted": 1},
    that_one=(lambda: deleted("b", "c"), PASS, "all 1"),
    all_of_an_erased_user=(lambda: deleted(users=True), PASS, "all 3"),
    all_of_a_user_who_was_not=(lambda: deleted(users=True, is_erased=False), FAIL, "3 impressions"),
    another_too=(lambda: deleted("b"), FAIL, "1 impressions"),
    none=(lambda: deleted("a", "b", "c"), UNKNOWN, "only 0"),
    no_final_read=(lambda: deleted(final=False), UNKNOWN),
)

CASES = [*ERASED, *WHOLE, *LOST]

test_each_case = every_case_holds(CASES)
