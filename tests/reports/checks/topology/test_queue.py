"""The queue: answers before a confirm, acknowledgements before a commit, letters that are dead."""

from __future__ import annotations

from harness.core.outcome import Outcome
from harness.ledger.kinds.monitoring.topology import (
    DeadLetter,
    MessageDelivered,
    MessagePublished,
)
from harness.ledger.kinds.network import FaultEnd, FaultStart, SentinelBitten
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import broker, confirmed, traced, with_receipts
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def accepted(*confirms_s: float, heard_s: float = 2.0, attempt: int = 1) -> HandWritten:
    """A load reads a 202 for one batch, whose confirms were noted at these times."""
    ledger = lived()
    took_ms = 100.0
    ledger.sent(heard_s - took_ms / 1000, took_ms=took_ms, status=202, attempt=attempt)
    for number, seconds in enumerate(confirms_s, 1):
        confirmed(ledger, "b", seconds, attempt=number)
    return ledger


def on_a_page(confirmed_s: float) -> HandWritten:
    return confirmed(lived().request("b", 1.0, 0.5, status=202), "b", confirmed_s)


CONFIRM = cases(
    "acks_after_confirm",
    {},
    after_it=(lambda: accepted(1.95), PASS, "1 answers with 202"),
    before_it=(lambda: accepted(2.3), FAIL, "1 were read before"),
    without_one=(accepted, FAIL, "1 have no confirm"),
    of_a_later_attempt=(lambda: accepted(9.0, 1.9, attempt=1), FAIL, "1 were read before"),
    of_an_earlier_attempt=(lambda: accepted(1.0, 9.0, attempt=2), PASS),
    by_a_page=(lambda: on_a_page(1.2), PASS),
    by_a_page_too_early=(lambda: on_a_page(1.9), FAIL, "1 were read before"),
    no_answer=(lived, UNKNOWN, "no client read a 202"),
)


def published(*batches: str, confirms: tuple[str, ...] = ("b0", "b1")) -> HandWritten:
    ledger = traced(lived(), 1.0)
    for batch in batches:
        ledger.saw(5.0, MessagePublished(part="broker", message=batch, batch=batch, attempt=1))
    for batch in confirms:
        confirmed(ledger, batch, 5.1)
    return ledger


def confirmed_at(seconds: float) -> HandWritten:
    """A trace is read from 1 to 10 s, and a batch that it never shows is confirmed."""
    return confirmed(traced(lived(), 1.0, 10.0), "b", seconds)


BORNE_OUT = cases(
    "confirms_borne_out",
    {},
    each=(lambda: published("b0", "b1"), PASS, "2 confirmed batches, 0 of them"),
    more_than_each=(lambda: published("b0", "b1", "b2"), PASS),
    one_that_never_was=(lambda: published("b0"), FAIL, "1 of them were never published"),
    none_was_heard_of=(lambda: confirmed_at(11.0), UNKNOWN, "while the broker's trace was read"),
    just_before_it_ended=(lambda: confirmed_at(7.5), UNKNOWN, "while the broker's trace was"),
    well_before_it_ended=(lambda: confirmed_at(6.5), FAIL, "1 of them were never published"),
    just_after_it_began=(lambda: confirmed_at(3.5), UNKNOWN, "while the broker's trace was"),
    none_was_confirmed=(lambda: published("b0", confirms=()), UNKNOWN, "says of no batch"),
    no_trace=(lambda: confirmed(lived(), "b", 2.0), UNKNOWN, "was not read"),
)


def settled(*looks: tuple[float, int], committed: int = 3) -> HandWritten:
    """Batches are committed at 2.0, 3.0, 4.0 …; looks are when, and how many acknowledgements."""
    ledger = with_receipts(committed)
    for seconds, count in looks:
        broker(ledger, seconds, settled=count, published=count)
    return ledger


def settled_again() -> HandWritten:
    return broker(settled((3.5, 2)), 9.0, pid=8, settled=1)


SETTLED = cases(
    "settled_after_commit",
    {},
    after_each=(lambda: settled((2.5, 1), (3.5, 2), (9.0, 3)), PASS, "3 messages were"),
    fewer=(lambda: settled((9.0, 2)), PASS, "2 messages were acknowledged, 3 committed"),
    over_two_lives=(settled_again, PASS, "3 messages were"),
    before_a_commit=(lambda: settled((2.5, 2), (9.0, 3)), FAIL, "1 messages more"),
    more_than_were_committed=(lambda: settled((9.0, 4)), FAIL, "4 in all, 3 committed"),
    none=(lambda: settled((9.0, 0)), UNKNOWN, "no worker acknowledged"),
    no_broker=(lambda: with_receipts(1), UNKNOWN, "no broker"),
)


def counted(**counts: int) -> HandWritten:
    return broker(lived(), 3.0, **counts)


GUARDED = cases(
    "deliveries_guarded",
    {},
    all_of_them=(lambda: counted(delivered=5), PASS, "0 of 5"),
    one_not=(lambda: counted(delivered=5, unguarded=1), FAIL, "1 of 5"),
    none=(counted, UNKNOWN, "delivered nothing"),
    no_broker=(lived, UNKNOWN, "no broker"),
)

ROUTED = cases(
    "nothing_unrouted",
    {},
    all_of_them=(lambda: counted(published=5), PASS, "of 5 messages 0 were dropped"),
    one_dropped=(lambda: counted(published=5, dropped=1), FAIL, "1 were dropped"),
    one_returned=(lambda: counted(published=5, returned=1), FAIL, "1 returned"),
    none=(counted, UNKNOWN, "nothing was published"),
    no_broker=(lived, UNKNOWN, "no broker"),
)


def delivered(*batches: str, dead: str | None = None) -> HandWritten:
    """Messages are delivered; b0, b1 and b2 are committed."""
    ledger = traced(with_receipts(3), 1.0)
    for batch in batches:
        ledger.saw(3.0, MessageDelivered(part="broker", message=batch, batch=batch, attempt=1))
    if dead is not None:
        letter(ledger, dead, batch=dead)
    return ledger


def letter(ledger: HandWritten, message: str, *, batch: str | None = None) -> HandWritten:
    attempt = None if batch is None else 1
    row = DeadLetter(
        part="broker",
        message=message,
        batch=batch,
        attempt=attempt,
        reason="delivery_limit",
        queue="impressions",
    )
    return ledger.saw(9.0, row)


COMMITTED = cases(
    "deliveries_committed",
    {},
    each=(lambda: delivered("b0", "b1", "b0"), PASS, "0 of 2"),
    one_not=(lambda: delivered("b0", "b9"), FAIL, "1 of 2"),
    a_dead_letter=(lambda: delivered("b0", "b9", dead="b9"), PASS, "0 of 2"),
    none=(delivered, UNKNOWN, "no delivery"),
    no_trace=(lived, UNKNOWN, "was not read"),
)


def letters(*messages: str, batch: str | None = None, is_confirmed: bool = False) -> HandWritten:
    ledger = published("b0", "b1")
    for message in messages:
        letter(ledger, message)
    if batch is not None:
        letter(ledger, "m", batch=batch)
    return confirmed(ledger, batch or "", 3.0) if is_confirmed else ledger


LETTERS = [
    *cases(
        "dead_letters_accounted",
        {"expected": 0},
        none=(letters, PASS, "0 messages are dead letters"),
        one=(lambda: letters("x"), FAIL, "1 messages are dead letters, 0 are to be"),
        a_batch_that_was_accepted=(
            lambda: letters(batch="b7", is_confirmed=True),
            FAIL,
            "batches that were answered with 202",
        ),
        nothing_published=(lambda: traced(lived(), 1.0), UNKNOWN, "no message was published"),
        no_trace=(lived, UNKNOWN, "was not read"),
    ),
    *cases(
        "dead_letters_accounted",
        {"expected": 2},
        both=(lambda: letters("poison-1", "poison-2"), PASS, "2 are to be"),
        one_vanished=(lambda: letters("poison-1"), FAIL, "1 messages are dead letters, 2 are"),
        another_for_one=(
            lambda: letters("poison-1", batch="b7", is_confirmed=True),
            FAIL,
            "answered with 202",
        ),
    ),
]


def depths(*looks: tuple[int | None, int | None]) -> HandWritten:
    ledger = lived()
    for number, (ready, unsettled) in enumerate(looks):
        broker(ledger, 2.0 + number, published=9, ready=ready, unsettled=unsettled)
    return ledger


EMPTIED = cases(
    "queue_emptied",
    {},
    in_the_end=(lambda: depths((5, 2), (0, 0)), PASS, "the most that were seen at once are 7"),
    one_waits=(lambda: depths((0, 0), (1, 0)), FAIL, "1 messages were left"),
    one_is_with_a_worker=(lambda: depths((0, 1)), FAIL, "1 messages were left"),
    unknown_in_the_end=(lambda: depths((0, 0), (None, None)), UNKNOWN, "does not name its queue"),
    never_known=(lambda: depths((None, None)), UNKNOWN, "does not name its queue"),
    unknown_in_between=(lambda: depths((3, 0), (None, None), (0, 0)), PASS, "at once are 3"),
    nothing_published=(counted, UNKNOWN, "nothing was published"),
    no_broker=(lived, UNKNOWN, "no broker"),
)

HELD = cases(
    "queue_held",
    {"at_least": 3},
    enough=(lambda: depths((0, 9), (3, 0), (0, 0)), PASS, "at most 3"),
    too_few=(lambda: depths((2, 9)), UNKNOWN, "at most 2"),
    unknown_meanwhile=(
        lambda: depths((None, None), (3, 0)),
        PASS,
        "at most 3 messages waited in 1",
    ),
    never_known=(lambda: depths((None, None)), UNKNOWN, "in 0 looks"),
    no_broker=(lived, UNKNOWN, "no broker"),
)


def redelivered(*again: int) -> HandWritten:
    ledger = traced(lived(), 1.0)
    for number, flag in enumerate(again):
        ledger.saw(2.0, MessageDelivered(part="broker", message=f"m{number}", redelivered=flag))
    return ledger


REDELIVERED = cases(
    "messages_redelivered",
    {"at_least": 2},
    enough=(lambda: redelivered(1, 0, 1), PASS, "2 of 3"),
    too_few=(lambda: redelivered(1, 0), UNKNOWN, "1 of 2"),
    no_trace=(lived, UNKNOWN, "was not read"),
)


def still(*answered_s: float, sent: int = 3) -> HandWritten:
    """A broker stands still from 2 to 9 s; requests are sent meanwhile, some are answered."""
    ledger = lived()
    ledger.saw(2.0, FaultStart(fault="broker still"))
    ledger.saw(8.9, SentinelBitten(fault="broker still", seen="stopped"))
    ledger.saw(9.0, FaultEnd(fault="broker still"))
    for number in range(sent):
        batch, unknown = f"u{number}", Outcome.UNKNOWN
        ledger.sent(5.0, batch=batch, took_ms=5000, outcome=unknown, artworks=[batch])
    for number, seconds in enumerate(answered_s):
        batch = f"b{number}"
        ledger.sent(seconds - 0.1, batch=batch, took_ms=100, status=202, artworks=[batch])
    return ledger


NEEDED = cases(
    "acks_need_broker",
    {"after_s": 2, "least_sent": 3},
    none_meanwhile=(lambda: still(1.0, 9.5), PASS, "0 requests were acknowledged"),
    what_was_under_way=(lambda: still(3.9), PASS),
    one_meanwhile=(lambda: still(6.0), FAIL, "1 requests were acknowledged"),
    too_few_sent=(lambda: still(sent=2), UNKNOWN, "2 sent"),
    no_fault=(lived, UNKNOWN, "no whole fault span"),
)


def stored(*, acked_s: float, seen_s: float | None, fault_s: float | None = None) -> HandWritten:
    """An impression is shown, acknowledged and, perhaps, seen in the table."""
    ledger = lived().shown("a", 1.0).acknowledged(["a"], acked_s)
    if fault_s is not None:
        ledger.saw(acked_s, FaultStart(fault="broker killed"))
        ledger.saw(fault_s, FaultEnd(fault="broker killed"))
    if seen_s is None:
        return ledger.final(40.0)
    return ledger.polled(seen_s, a=1).final(40.0, a=1)


WITHIN = cases(
    "stored_after_answer",
    {"within_s": 5},
    at_once=(lambda: stored(acked_s=2.0, seen_s=2.1), PASS, "within 0.10 s"),
    before_its_answer=(lambda: stored(acked_s=2.0, seen_s=1.5), PASS, "within 0.00 s"),
    too_late=(lambda: stored(acked_s=2.0, seen_s=8.0), FAIL, "(0 of them never)"),
    counted_from_a_fault_s_end=(lambda: stored(acked_s=2.0, seen_s=9.0, fault_s=6.0), PASS),
    never=(lambda: stored(acked_s=2.0, seen_s=None), FAIL, "(1 of them never)"),
    nothing_acknowledged=(lambda: lived().shown("a", 1.0).final(9.0, a=1), UNKNOWN, "nothing was"),
    no_final_read=(
        lambda: lived().shown("a", 1.0).acknowledged(["a"], 2.0),
        UNKNOWN,
        "nothing was",
    ),
)

CASES = [
    *(*CONFIRM, *BORNE_OUT, *SETTLED, *GUARDED, *ROUTED, *COMMITTED),
    *(*LETTERS, *EMPTIED, *HELD, *REDELIVERED, *NEEDED, *WITHIN),
]

NEVER_FAILS = {
    "queue_held": "a queue in which nothing waited had nothing to lose, and nothing is decided",
    "messages_redelivered": "a fault that caused no second delivery tried nothing",
}

test_each_case = every_case_holds(CASES)
