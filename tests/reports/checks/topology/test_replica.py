"""The replica: stale answers, answers that are not its own, and one that follows in another way."""

from __future__ import annotations

from harness.ledger.kinds.network import FaultEnd, FaultInjecting, FaultStart
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import answered, replica
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def broken(ledger: HandWritten) -> HandWritten:
    """From the fifth second to the tenth."""
    ledger.saw(4.9, FaultInjecting(fault="replay paused"))
    ledger.saw(5.0, FaultStart(fault="replay paused"))
    return ledger.saw(10.0, FaultEnd(fault="replay paused"))


def acknowledged(*artworks_at: float) -> HandWritten:
    """Return a run in which ann was acknowledged an impression at each of these seconds."""
    ledger = lived()
    for number, seconds in enumerate(artworks_at):
        ledger.shown(f"a{number}", seconds - 0.5)
        ledger.acknowledged([f"a{number}"], seconds, batch=f"b{number}")
    return ledger


def asked(viewed: int, *, at_s: float = 7.0, source: str = "replica") -> HandWritten:
    """Return a run in which ann was acknowledged two impressions before she asked, one after."""
    return answered(acknowledged(2.0, 6.0, 9.0), at_s, viewed=viewed, source=source)


def at_risk(*moments: float) -> HandWritten:
    """Return answers that know of all, ann's impressions being acknowledged at 2 and at 6."""
    ledger = broken(acknowledged(2.0, 6.0))
    for moment in moments:
        answered(ledger, moment, viewed=2 if moment > 6.0 else 1, source="primary")
    return ledger


OWN = cases(
    "reads_see_own_writes",
    {},
    knows_all=(lambda: asked(2), PASS, "none of 1 answers was stale; 1 came from the replica"),
    knows_what_is_on_its_way=(lambda: asked(3), PASS, "none of 1"),
    lacks_one=(lambda: asked(1), FAIL, "1 of 1 answers did not know"),
    lacks_one_from_the_primary=(lambda: asked(0, source="primary"), FAIL, "1 of 1"),
    of_another_user=(lambda: answered(asked(2), 8.0, viewed=0, user="bob"), PASS, "none of 2"),
    no_answer=(lambda: acknowledged(2.0), UNKNOWN, "no question about freshness"),
)

FROM_THE_REPLICA = cases(
    "reads_see_own_writes",
    {"least_from_replica": 1},
    one=(lambda: asked(2), PASS, "1 came from the replica"),
    none=(lambda: asked(2, source="primary"), UNKNOWN, "0 came from the replica: 1 and 0 decide"),
    none_and_stale=(lambda: asked(1, source="primary"), FAIL, "1 of 1"),
)

AT_RISK = cases(
    "reads_see_own_writes",
    {"least_at_risk": 2},
    two_after_an_acknowledgement=(lambda: at_risk(5.5, 7.0, 8.0), PASS, "and 2 could have been"),
    one_before_it=(lambda: at_risk(5.5, 7.0), UNKNOWN, "and 1 could have been"),
    one_after_the_fault=(lambda: at_risk(7.0, 11.0), UNKNOWN, "and 1 could have been"),
    no_fault=(lambda: asked(2), UNKNOWN, "and 0 could have been"),
)


def behind(*answers: tuple[float, int], is_broken: bool = False) -> HandWritten:
    """Return answers, each at a second, to ann, who was acknowledged impressions at 2 and 6 s."""
    ledger = acknowledged(2.0, 6.0)
    for at_s, viewed in answers:
        answered(ledger, at_s, viewed=viewed)
    return broken(ledger) if is_broken else ledger


CATCH_UP = cases(
    "reads_catch_up",
    {"within_s": 2, "least": 1},
    knows_all=(lambda: behind((5.0, 1), (9.0, 2)), PASS, "0 of 2 answers did not know yet"),
    behind_for_a_second=(lambda: behind((5.0, 1), (7.0, 1)), PASS, "for at most 1.00 s"),
    knows_what_is_on_its_way=(lambda: behind((5.0, 2)), PASS, "0 of 1"),
    behind_for_too_long=(lambda: behind((9.0, 1)), FAIL, "at most 3.00 s; 1 of them for longer"),
    never_knows=(lambda: behind((5.0, 0), (9.0, 0)), FAIL, "7.00 s; 2 of them"),
    through_a_fault=(lambda: behind((9.0, 1), (11.0, 1), is_broken=True), PASS, "at most 1.00 s"),
    long_after_a_fault=(lambda: behind((13.0, 1), is_broken=True), FAIL, "at most 3.00 s; 1 of"),
    from_before_a_fault=(lambda: behind((9.0, 0), is_broken=True), FAIL, "at most 7.00 s"),
    asked_too_soon=(lambda: behind((3.0, 0)), UNKNOWN, "0 could have been late, 1 decide"),
    no_answer=(lambda: acknowledged(2.0), UNKNOWN, "no question about freshness"),
)


def asked_of_it(reads: int, *claims: str) -> HandWritten:
    ledger = lived()
    for number, source in enumerate(claims):
        answered(ledger, 2.0 + number, viewed=0, source=source)
    return replica(ledger, 20.0, reads=reads)


def forgotten(died_s: float) -> HandWritten:
    """Return two answers of the replica of which it counted one; it was started again once."""
    ledger = replica(asked_of_it(0, "replica", "replica"), 1.0)
    replica(ledger, died_s, reads=1, pid=8)
    return replica(ledger, died_s + 1.0, pid=9)


SHARE = cases(
    "replica_answered",
    {"least": 0.5},
    half=(lambda: asked_of_it(1, "replica", "primary"), PASS, "of 2 questions"),
    a_quarter=(lambda: asked_of_it(1, *(4 * ["replica"])), FAIL, "of 4 questions"),
    no_answer=(lambda: asked_of_it(1), UNKNOWN, "no question"),
    no_replica=(lambda: asked(2), UNKNOWN, "no replica was watched"),
)

BORNE_OUT = cases(
    "replica_bears_out_answers",
    {},
    each=(lambda: asked_of_it(1, "replica", "primary"), PASS, "1 answers are called the replica's"),
    asked_more_often=(lambda: asked_of_it(9, "replica"), PASS, "was asked 9 times"),
    one_too_many=(lambda: asked_of_it(1, "replica", "replica"), FAIL, "asked 1 times"),
    one_that_is_forgotten=(lambda: forgotten(2.5), PASS, "1 answers"),
    none_forgotten=(lambda: forgotten(9.0), FAIL, "2 answers"),
    no_answer=(lambda: asked_of_it(1), UNKNOWN, "no question"),
    no_replica=(lambda: asked(2), UNKNOWN, "no replica was watched"),
)


def looked(*statuses: str, later: str = "sync") -> HandWritten:
    ledger = broken(lived())
    for number, status in enumerate(statuses):
        replica(ledger, 1.0 + number, status=status)
    return replica(ledger, 7.0, status=later)


FOLLOWS = cases(
    "replica_follows",
    {"mode": "sync"},
    always=(lambda: looked("sync", "sync"), PASS, "in 2 looks the replica was sync"),
    away_during_the_fault=(lambda: looked("sync", later="away"), PASS, "in 1 looks"),
    asynchronously_once=(lambda: looked("sync", "async"), FAIL, "was async and sync"),
    without_a_fault=(lambda: replica(lived(), 7.0, status="async"), FAIL, "was async"),
    during_the_fault_alone=(lambda: looked(), UNKNOWN, "no look at the replica"),
    no_replica=(lived, UNKNOWN, "no replica was watched"),
)

CASES = [*OWN, *FROM_THE_REPLICA, *AT_RISK, *CATCH_UP, *SHARE, *BORNE_OUT, *FOLLOWS]

test_each_case = every_case_holds(CASES)
