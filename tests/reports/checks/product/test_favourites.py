"""Favourites that are as asked, and links that show them, and those that do not."""

from __future__ import annotations

from harness.ledger.kinds.client import FavouriteAsked, SharedShown
from harness.ledger.kinds.database import FavouriteKept, FavouritesRead
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, lived


def asked(
    *hearts: tuple[str, bool], user: str = USER, of: HandWritten | None = None
) -> HandWritten:
    ledger = lived() if of is None else of
    for number, (artwork, favourite) in enumerate(hearts):
        row = FavouriteAsked(user=user, tab="tab-1", artworks=(artwork,), favourite=favourite)
        ledger.saw(1.0 + number, row)
    return ledger


def kept(ledger: HandWritten, *found: tuple[str, int, bool]) -> HandWritten:
    for artwork, changes, favourite in found:
        ledger.saw(
            9.0,
            FavouriteKept(user=USER, artwork=artwork, changes=changes, favourite=favourite),
        )
    return ledger.saw(9.0, FavouritesRead(found=len(found)))


def three() -> HandWritten:
    """Set one heart; set another and take it back."""
    return asked(("a", True), ("b", True), ("b", False))


ONCE = cases(
    "favourites_once",
    {"changes": 3},
    as_asked=(lambda: kept(three(), ("a", 1, True), ("b", 2, False)), PASS, "each of 3"),
    twice=(lambda: kept(three(), ("a", 2, True), ("b", 2, False)), FAIL),
    never=(lambda: kept(three(), ("b", 2, False)), FAIL, "1 favourites"),
    taken_away=(lambda: kept(three(), ("a", 1, False), ("b", 2, False)), FAIL, "1 favourites"),
    turned_back=(lambda: kept(three(), ("a", 1, True), ("b", 2, True)), FAIL),
    not_asked=(lambda: kept(three(), ("a", 1, True), ("b", 2, False), ("c", 1, True)), FAIL),
    too_few=(lambda: kept(asked(("a", True)), ("a", 1, True)), UNKNOWN, "only 1"),
    not_read=(three, UNKNOWN),
)


def looked(ledger: HandWritten, *artworks: str, revoked: bool = False) -> HandWritten:
    row = SharedShown(user=USER, tab="tab-2", artworks=artworks, revoked=revoked)
    return ledger.saw(8.0, row)


def with_bobs() -> HandWritten:
    return asked(("c", True), user="bob", of=asked(("a", True), ("b", True), ("b", False)))


def changed_after(ledger: HandWritten) -> HandWritten:
    """After the look, the user sets the heart that had been taken back."""
    row = FavouriteAsked(user=USER, tab="tab-1", artworks=("b",), favourite=True)
    return ledger.saw(8.5, row)


SHARED = cases(
    "share_shows_favourites",
    {"shares": 1},
    those_of_its_user=(lambda: looked(with_bobs(), "a"), PASS, "all 1"),
    revoked_and_nothing=(
        lambda: looked(looked(with_bobs(), "a"), revoked=True),
        PASS,
        "all 2",
    ),
    as_it_was_then=(lambda: changed_after(looked(with_bobs(), "a")), PASS, "all 1"),
    as_it_became_later=(lambda: changed_after(looked(with_bobs(), "a", "b")), FAIL, "1 of 1"),
    of_another=(lambda: looked(with_bobs(), "a", "c"), FAIL, "1 of 1"),
    taken_back=(lambda: looked(with_bobs(), "a", "b"), FAIL),
    one_missing=(lambda: looked(with_bobs()), FAIL),
    revoked_and_yet_seen=(lambda: looked(with_bobs(), "a", revoked=True), FAIL),
    no_look=(with_bobs, UNKNOWN, "only 0"),
)

CASES = [*ONCE, *SHARED]

test_each_case = every_case_holds(CASES)
