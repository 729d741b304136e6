"""What waits while the network is broken."""

from __future__ import annotations

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.network import LineEnd, LineStart
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    with_outage,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def deep(depth: int, seconds: float) -> HandWritten:
    return with_outage(lived()).reported(Recorded, seconds, queue_depth=depth)


def on_a_line() -> HandWritten:
    ledger = lived().saw(1.0, LineStart(profile="slow-3g"))
    return ledger.saw(8.0, LineEnd(profile="slow-3g"))


PEAK = cases(
    "queue_peaked",
    {"least": 10},
    it_grew=(lambda: deep(12, 4.0), PASS),
    exactly=(lambda: deep(10, 4.0), PASS),
    too_little=(lambda: deep(9, 4.0), FAIL),
    only_before_the_fault=(lambda: deep(3, 4.0).reported(Recorded, 1.0, queue_depth=50), FAIL),
    only_after_the_fault=(lambda: deep(50, 6.0), UNKNOWN),
    no_fault=(lambda: lived().reported(Recorded, 4.0, queue_depth=50), UNKNOWN),
    on_a_bad_line=(lambda: on_a_line().reported(Recorded, 4.0, queue_depth=50), PASS),
    too_little_on_a_bad_line=(lambda: on_a_line().reported(Recorded, 4.0, queue_depth=9), FAIL),
    of_fault_and_line_the_fault_counts=(
        lambda: with_outage(on_a_line()).reported(Recorded, 1.5, queue_depth=50),
        UNKNOWN,
    ),
    none_reported=(lambda: with_outage(lived()), UNKNOWN),
)


def waited(*answers: tuple[str, float]) -> HandWritten:
    """Two views in an outage and one after it, and when each was acknowledged."""
    ledger = with_outage(lived()).shown("a", 3.0).shown("b", 3.5).shown("c", 6.0)
    for number, (artworks, seconds) in enumerate(answers):
        ledger.request(f"q{number}", seconds - 0.05, artworks=list(artworks))
    return ledger


MASS = cases(
    "mass_flush",
    {"within_s": 3},
    in_one_go=(lambda: waited(("ab", 6.0), ("c", 9.5)), PASS),
    in_two_batches=(lambda: waited(("a", 6.0), ("b", 6.5)), PASS),
    drop_by_drop=(lambda: waited(("a", 5.5), ("b", 9.5)), FAIL),
    just_in_time=(lambda: waited(("a", 6.0), ("b", 9.0)), PASS, "within 3.00 s"),
    shown_as_the_fault_ended=(
        lambda: (
            with_outage(lived())
            .shown("a", 3.0)
            .shown("b", 5.0)
            .request("q", 6.0, artworks=["a", "b"])
        ),
        PASS,
    ),
    answered_as_the_fault_ended=(lambda: waited(("a", 5.0), ("b", 6.0)), UNKNOWN),
    one_was_never_answered=(lambda: waited(("a", 5.5)), FAIL),
    answered_meanwhile=(lambda: waited(("a", 4.0), ("b", 4.0)), UNKNOWN),
    a_later_answer_for_the_same_is_no_wait=(
        lambda: waited(("ab", 5.5), ("a", 9.5)),
        PASS,
    ),
    only_one_waited=(lambda: waited(("a", 4.0), ("b", 6.0)), UNKNOWN),
    no_fault=(lambda: lived().shown("a", 3.0), UNKNOWN),
    another_users_answer_is_not_ours=(
        lambda: waited(("a", 5.5)).request("x", 6.0, artworks=["b"], user="bob"),
        FAIL,
    ),
)


CASES = [*PEAK, *MASS]

test_each_case = every_case_holds(CASES)
