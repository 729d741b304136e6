"""Batches that a barrier let go, and how many the server had at the same time."""

from __future__ import annotations

from harness.ledger.kinds.network import RequestReleased
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, at, lived

NEVER_FAILS = {"batches_overlapped": "batches that did not meet try no race, and accuse no one"}


def released(
    *batches: str | None, at_s: float = 1.0, ledger: HandWritten | None = None
) -> HandWritten:
    ledger = ledger or lived()
    for batch in batches:
        row = RequestReleased(
            fault="held", method="POST", path="/", batch=batch, parties=len(batches)
        )
        ledger.saw(at_s, row)
    return ledger


def stored(ledger: HandWritten, **spans: tuple[float, float]) -> HandWritten:
    """Receipts, batch → when it arrived and when it was stored, s."""
    for batch, (since_s, until_s) in spans.items():
        received = {"received_mono_ns": at(since_s).mono_ns}
        ledger.receipt(["a"], until_s, batch=batch, **received)
    return ledger


def together() -> HandWritten:
    return stored(released("x", "y"), x=(1.001, 1.2), y=(1.002, 1.3))


def one_after_the_other() -> HandWritten:
    return stored(released("x", "y"), x=(1.001, 1.1), y=(1.1, 1.3))


def three_of_which_two_met() -> HandWritten:
    return stored(released("x", "y", "z"), x=(1.001, 1.1), y=(1.05, 1.3), z=(1.2, 1.4))


def the_same_batch_twice() -> HandWritten:
    ledger = stored(released("x", "y"), x=(1.001, 1.2), y=(1.3, 1.4))
    return stored(ledger, x=(1.0, 1.25))


def met_other_batches() -> HandWritten:
    return stored(released("x", "y"), x=(1.001, 1.2), other=(1.002, 1.3))


def second_barrier_saw_no_race() -> HandWritten:
    ledger = released("v", "w", at_s=2.0, ledger=together())
    return stored(ledger, v=(2.0, 2.1), w=(2.2, 2.3))


def refused() -> HandWritten:
    ledger = stored(released("x", "y"), x=(1.001, 1.2))
    none = {"committed_mono_ns": None, "committed_wall_ns": None}
    return ledger.receipt(["a"], 1.3, batch="y", status=503, inserted=0, rejected=1, **none)


def three_met() -> HandWritten:
    return stored(released("x", "y", "z"), x=(1.001, 1.2), y=(1.002, 1.3), z=(1.003, 1.3))


def with_receipts_that_say_less() -> HandWritten:
    """Beside two that met, a receipt that names no batch and one without its arrival."""
    ledger = together().receipt(["a"], 1.4, batch=None)
    return ledger.receipt(["a"], 1.5, batch="x", received_mono_ns=None)


CASES = cases(
    "batches_overlapped",
    {"parties": 2},
    together=(together, PASS, "2 batches were in the server's hands at the same time, of 2"),
    three_of_which_two_met=(three_of_which_two_met, PASS, "they arrived within 49.0 ms"),
    three_met=(three_met, PASS, "3 batches were in the server's hands"),
    with_receipts_that_say_less=(with_receipts_that_say_less, PASS, "2 batches were"),
    one_after_the_other=(one_after_the_other, UNKNOWN, "no race between 2"),
    the_same_batch_twice=(the_same_batch_twice, UNKNOWN, "1 batches were"),
    met_other_batches=(met_other_batches, UNKNOWN, "1 batches were"),
    second_barrier_saw_no_race=(second_barrier_saw_no_race, UNKNOWN, "1 batches were"),
    refused=(refused, UNKNOWN, "1 batches were"),
    names_no_batch=(lambda: stored(released(None, None), x=(1.0, 1.2)), UNKNOWN),
    no_receipts=(lambda: released("x", "y"), UNKNOWN, "no receipt"),
    no_barrier=(lambda: stored(lived(), x=(1.0, 1.2)), UNKNOWN, "no barrier"),
)

test_each_case = every_case_holds(CASES)
