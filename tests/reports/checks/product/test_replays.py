"""Replays that are recorded nowhere and counted once, and those that are not."""

from __future__ import annotations

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.database import Appeared, ReplaysKept, ReplaysRead
from harness.ledger.kinds.viewer import ViewReplayed, ViewShown
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, healthy, lived

AGAIN = "tab-2"


def replayed(
    *artworks: str, user: str = USER, tab: str = AGAIN, of: HandWritten | None = None
) -> HandWritten:
    ledger = healthy() if of is None else of
    for number, artwork in enumerate(artworks):
        ledger.saw(3.0 + number, ViewReplayed(user=user, tab=tab, artwork=artwork))
    return ledger


def queued_again() -> HandWritten:
    row = Recorded(user=USER, tab=AGAIN, batch="b2", artworks=("a",))
    return replayed("a", "a", "b").saw(3.5, row)


def sent_again() -> HandWritten:
    return replayed("a", "b").receipt(["a"], 4.0, duplicate=1, tab=AGAIN, batch="b2")


def shown_to_another() -> HandWritten:
    """Bob is shown again what only Ann has seen; it became a row of his without a receipt."""
    return replayed("a", user="bob").final(9.5, user="bob", a=1)


def came_and_went() -> HandWritten:
    """A poll saw a row of what Bob was shown again, and the final read does not."""
    return replayed("a", user="bob").saw(4.0, Appeared(user="bob", artwork="a", copies=1))


def shown_without_intent() -> HandWritten:
    """Another tab of Bob showed it, and no row says that it was about to."""
    return replayed("a", user="bob").saw(2.0, ViewShown(user="bob", tab="tab-9", artwork="a"))


def seen_in_that_tab_too() -> HandWritten:
    ledger = replayed("a", "b").shown("b", 5.0, tab=AGAIN)
    return ledger.receipt(["b"], 5.5, duplicate=1, tab=AGAIN, batch="b2")


NOT_RECORDED = cases(
    "replays_not_recorded",
    {"replays": 2},
    shown_again=(lambda: replayed("a", "b"), PASS, "none of 2"),
    seen_in_that_tab_too=(seen_in_that_tab_too, PASS),
    entered_the_queue=(queued_again, FAIL, "1 of 2"),
    came_to_the_server=(sent_again, FAIL, "1 of 2"),
    became_a_row=(shown_to_another, FAIL, "1 of 1"),
    too_few=(lambda: replayed("a"), UNKNOWN, "only 1"),
    was_a_row_for_a_while=(came_and_went, FAIL, "1 of 1"),
    shown_without_intent_and_no_row=(shown_without_intent, UNKNOWN, "only 1"),
    nothing_again=(healthy, UNKNOWN),
    no_receipts=(lambda: replayed("a", "b", of=HandWritten()), UNKNOWN),
)


def counted(*, a: int = 0, b: int = 0, c: int = 0) -> HandWritten:
    ledger = replayed("a", "a", "b")
    counts = {"a": a, "b": b, "c": c}
    for artwork, replays in counts.items():
        if replays:
            ledger.saw(9.5, ReplaysKept(user=USER, artwork=artwork, replays=replays))
    return ledger.saw(9.5, ReplaysRead(found=sum(map(bool, counts.values()))))


COUNTED = cases(
    "replays_counted",
    {"replays": 3},
    once_each=(lambda: counted(a=2, b=1), PASS, "each of 3"),
    one_is_missing=(lambda: counted(a=1, b=1), FAIL, "1 impressions"),
    one_twice=(lambda: counted(a=2, b=2), FAIL, "1 impressions"),
    none_at_all=(counted, FAIL, "2 impressions"),
    never_shown_again=(lambda: counted(a=2, b=1, c=1), FAIL, "1 impressions"),
    too_few=(lambda: lived().saw(9.5, ReplaysRead(found=0)), UNKNOWN, "only 0"),
    not_read=(lambda: replayed("a"), UNKNOWN),
)

CASES = [*NOT_RECORDED, *COUNTED]

test_each_case = every_case_holds(CASES)
