"""Ids that arrived more than once."""

from __future__ import annotations

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def sent(
    *batches: tuple[str | None, str, int, int], at_s: float = 1.0, step_s: float = 0.1
) -> HandWritten:
    """Batches of one artwork: its tab, its batch, its attempt and how many were absorbed."""
    ledger = lived()
    for number, (tab, batch, attempt, absorbed) in enumerate(batches):
        ledger.receipt(
            ["x"],
            at_s + number * step_s,
            tab=tab,
            batch=batch,
            attempt=attempt,
            duplicate=absorbed,
        )
    return ledger


def killed_server(ledger: HandWritten) -> HandWritten:
    ledger.receipts = [row for row in ledger.receipts if row["kind"] != "stopped"]
    return ledger


def uncounted(ledger: HandWritten) -> HandWritten:
    ledger.receipts[-1]["duplicate"] = None
    return ledger


ABSORBED = cases(
    "absorbed_explained",
    {"least": 1},
    another_tab=(lambda: sent(("a", "b1", 1, 0), ("c", "b2", 1, 1)), PASS),
    sent_again=(lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 1)), PASS),
    written_together=(lambda: sent(("a", "b1", 1, 1), ("c", "b2", 1, 0), step_s=0), PASS),
    none_at_all=(lambda: sent(("a", "b1", 1, 0)), UNKNOWN),
    a_receipt_without_its_count=(lambda: uncounted(lived().receipt(["x"], 1.0)), UNKNOWN),
    no_receipts=(lived, UNKNOWN),
    never_sent_before=(lambda: sent(("a", "b1", 1, 1)), FAIL),
    it_was_stored_again=(lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 0)), FAIL),
    the_first_was_absorbed=(lambda: sent(("a", "b1", 1, 1), ("c", "b2", 1, 0)), FAIL),
    the_first_left_no_receipt=(lambda: killed_server(sent(("a", "b1", 2, 1))), UNKNOWN),
    another_person_sent_it=(
        lambda: lived().receipt(["x"], 1.0).receipt(["x"], 1.1, user="bob", duplicate=1),
        FAIL,
    ),
    from_a_tab_without_a_name=(
        lambda: sent((None, "b1", 1, 0), ("a-long-name", "b2", 1, 1)),
        PASS,
        "1 from a tab without a name",
    ),
    from_a_tab_with_a_long_name=(
        lambda: sent(("a-long-name", "b1", 1, 0), ("another-long-name", "b2", 1, 1)),
        PASS,
    ),
    in_another_batch=(
        lambda: sent(("a", "b1", 1, 0), ("a", "b2", 1, 1)),
        PASS,
        "1 in another batch of its tab",
    ),
    sent_again_twice=(
        lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 1), ("a", "b1", 3, 1)),
        PASS,
        "2 sent again",
    ),
    twice_in_one_batch=(
        lambda: lived().receipt(["x", "x"], 1.0, duplicate=1),
        PASS,
        "1 twice in one batch",
    ),
) + cases(
    "absorbed_explained",
    {},
    no_race_was_asked_for=(lambda: sent(("a", "b1", 1, 0)), PASS, "0 ids were absorbed"),
)


REPEATS = cases(
    "repeats_bounded",
    {"impressions": 1},
    once=(lambda: sent(("a", "b1", 1, 0)), PASS),
    the_one_under_way_came_thrice=(
        lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 1), ("a", "b1", 3, 1)),
        PASS,
    ),
    another_one_too=(
        lambda: (
            sent(("a", "b1", 1, 0), ("a", "b1", 2, 1))
            .receipt(["y"], 3.0, tab="a", batch="b2")
            .receipt(["y"], 3.1, tab="a", batch="b2", attempt=2, duplicate=1)
        ),
        FAIL,
    ),
    of_another_person=(
        lambda: lived().receipt(["x"], 1.0).receipt(["x"], 1.1, user="bob"),
        PASS,
    ),
    twice_in_one_request=(lambda: lived().receipt(["x", "x"], 1.0, duplicate=1), PASS),
    no_receipts=(lived, UNKNOWN),
    one_left_no_receipt=(lambda: killed_server(sent(("a", "b1", 2, 1))), UNKNOWN),
)


CASES = [*ABSORBED, *REPEATS]

test_each_case = every_case_holds(CASES)
