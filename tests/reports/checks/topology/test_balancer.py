"""The balancer: acknowledgements without a receipt, batches past it, a server that is idle."""

from __future__ import annotations

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import server, watched, with_receipts
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def passed_on(acknowledged: int, *, batches: int = 4, committed: int = 3) -> HandWritten:
    ledger = with_receipts(committed, refused=1)
    server(ledger, 30.0, batches=batches, acknowledged=acknowledged)
    return watched(ledger, "balancer")


def delivered_twice(acknowledged: int, *, batches: int) -> HandWritten:
    """Return a request whose server had no confirm of it, and which two workers committed, and one
    that a worker committed."""
    ledger = lived()
    for lifetime, status in (("server", 503), ("worker", 202), ("another worker", 202)):
        none = {"committed_mono_ns": None, "committed_wall_ns": None} if status == 503 else {}
        ledger.receipt(["a"], 5.0, batch="b1", lifetime=lifetime, status=status, **none)
    ledger.receipt(["c"], 6.0, batch="b2", lifetime="worker", status=202)
    return server(ledger, 30.0, batches=batches, acknowledged=acknowledged)


def forgotten(died_s: float) -> HandWritten:
    """Return four batches of which the balancer counted three; it was started again once."""
    ledger = with_receipts(3, refused=1)
    server(ledger, died_s, batches=1, acknowledged=1)
    return server(ledger, died_s + 1.0, batches=2, acknowledged=2, pid=8)


def shared(one: int, other: int) -> HandWritten:
    ledger = server(lived(), 3.0, batches=one, acknowledged=one)
    return server(ledger, 3.0, part="server-2", batches=other, acknowledged=other)


RECEIPTS = cases(
    "balancer_passed_receipts",
    {},
    as_many=(lambda: passed_on(3), PASS, "3 acknowledgements passed the balancer, 3 receipts"),
    an_answer_that_was_not_read=(lambda: passed_on(2), PASS, "2 acknowledgements"),
    one_without_a_receipt=(lambda: passed_on(4), FAIL, "4 acknowledgements"),
    delivered_twice=(lambda: delivered_twice(2, batches=2), PASS, "2 receipts are committed"),
    one_more_than_requests=(lambda: delivered_twice(3, batches=3), FAIL, "3 acknowledgements"),
    none_at_all=(lambda: passed_on(0), UNKNOWN, "no answer"),
    no_balancer=(lambda: with_receipts(3), UNKNOWN, "no balancer"),
)

THROUGH = cases(
    "batches_through_balancer",
    {},
    every_one=(lambda: passed_on(3), PASS, "4 batches were given to servers"),
    refused_ones_too=(lambda: passed_on(3, batches=5), PASS, "receipts of 4"),
    one_past_it=(lambda: passed_on(3, batches=3), UNKNOWN, "3 batches were given"),
    one_that_is_forgotten=(lambda: forgotten(3.5), PASS, "3 batches were given to servers"),
    one_past_it_and_none_forgotten=(lambda: forgotten(30.5), UNKNOWN, "receipts of 4"),
    delivered_twice=(lambda: delivered_twice(1, batches=2), PASS, "receipts of 2"),
    one_of_two_past_it=(lambda: delivered_twice(1, batches=1), UNKNOWN, "receipts of 2"),
    every_one_past_it=(lambda: passed_on(0, batches=0), UNKNOWN, "no batch came"),
    no_balancer=(lambda: with_receipts(3), UNKNOWN, "no balancer"),
)

SHARED = cases(
    "servers_shared_batches",
    {"least": 0.25},
    evenly=(lambda: shared(6, 6), PASS, "server-1 6, server-2 6"),
    just_enough=(lambda: shared(9, 3), PASS, "of 12 batches"),
    too_few=(lambda: shared(10, 3), FAIL, "server-1 10, server-2 3"),
    one_is_idle=(lambda: shared(12, 0), FAIL, "server-2 0"),
    no_batch=(lambda: shared(0, 0), UNKNOWN, "no server a batch"),
    no_balancer=(lived, UNKNOWN, "no balancer"),
)

NEVER_FAILS = {
    "batches_through_balancer": "who sends past the balancer is the harness, and nothing is decided"
}

CASES = [*RECEIPTS, *THROUGH, *SHARED]

test_each_case = every_case_holds(CASES)
