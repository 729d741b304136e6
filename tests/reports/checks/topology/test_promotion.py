"""A promotion: what is gone with the primary, and what else is gone."""

from __future__ import annotations

from harness.core.outcome import Outcome
from harness.ledger.kinds.database import Final, FinalRow
from harness.ledger.kinds.network import DatabaseKilled, FaultEnd, FaultInjecting, FaultStart
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import replica
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, at, lived

CUT, LOST = "replica cut off", "primary lost"


def lost(ledger: HandWritten, *, is_promoted: bool = True, is_killed: bool = True) -> HandWritten:
    """Cut the replica off at the fifth second, and lose the primary at the eighth."""
    ledger.saw(5.0, FaultInjecting(fault=CUT)).saw(5.1, FaultStart(fault=CUT))
    ledger.saw(8.0, FaultInjecting(fault=LOST))
    if is_killed:
        ledger.saw(8.1, DatabaseKilled(fault=LOST))
    ledger.saw(8.5, FaultStart(fault=LOST)).saw(8.6, FaultEnd(fault=LOST))
    ledger.saw(8.7, FaultEnd(fault=CUT))
    replica(ledger, 4.0)
    return replica(ledger, 9.0, status="promoted") if is_promoted else ledger


def stored(*committed_s: float, gone: str = "", sends: bool = True) -> HandWritten:
    """Return impressions ``a0``, ``a1`` … that were committed then and acknowledged; those that
    ``gone`` names have no row at the end."""
    ledger = lived()
    for number, seconds in enumerate(committed_s):
        artwork = f"a{number}"
        ledger.shown(artwork, seconds - 0.5)
        ledger.receipt([artwork], seconds, batch=f"b{number}")
        ledger.acknowledged([artwork], seconds + 0.1, batch=f"b{number}")
        if artwork not in gone.split():
            viewed = at(seconds).wall_ns
            row = FinalRow(user="ann", artwork=artwork, copies=1, viewed_wall_ns=viewed)
            ledger.saw(30.0, row)
    ledger.saw(30.0, Final(rows=len(committed_s) - len(gone.split())))
    if sends:
        ledger.sent(6.0, artworks=["a0"], outcome=Outcome.UNKNOWN)
    return ledger


KEPT = cases(
    "promotion_kept_acknowledged",
    {},
    nothing_is_gone=(lambda: lost(stored(2.0, 9.0)), PASS, "0 of 2 acknowledged"),
    one_is_gone=(lambda: lost(stored(2.0, 6.0, gone="a1")), FAIL, "1 of 2 acknowledged"),
    nothing_was_sent=(lambda: lost(stored(2.0, sends=False)), UNKNOWN, "no batch was sent"),
    not_promoted=(lambda: lost(stored(2.0), is_promoted=False), UNKNOWN, "seen to be promoted"),
    not_lost=(lambda: lost(stored(2.0), is_killed=False), UNKNOWN, "when the primary was lost"),
    no_replica=(lambda: stored(2.0), UNKNOWN, "no replica was seen"),
)

MAY_LOSE = cases(
    "promotion_kept_acknowledged",
    {"may_lose": True},
    what_was_committed_last=(
        lambda: lost(stored(2.0, 6.0, 7.0, gone="a1 a2")),
        PASS,
        "2 of 3 acknowledged impressions are gone with the primary: all that was committed in the",
    ),
    one_that_the_replica_had=(
        lambda: lost(stored(2.0, 6.0, gone="a0 a1")),
        FAIL,
        "1 of them were not committed while",
    ),
    one_that_came_afterwards=(lambda: lost(stored(2.0, 9.0, gone="a1")), FAIL, "1 of them"),
    none_of_it_is_gone=(lambda: lost(stored(2.0, 9.0)), UNKNOWN, "nothing was committed"),
)

CASES = [*KEPT, *MAY_LOSE]

test_each_case = every_case_holds(CASES)
