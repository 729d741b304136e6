"""Kills of the database, and how soon after a commit they came."""

from __future__ import annotations

from harness.ledger.kinds.network import DatabaseKilled
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, lived

NEVER_FAILS = {"killed_after_commit": "a kill that came late tried nothing, and accuses no one"}


def killed(*after_ms: float, commits: int = 2) -> HandWritten:
    """A commit every ten seconds, and kills so long after the first ones."""
    ledger = lived()
    for number in range(commits):
        ledger.receipt(["a"], 10.0 * (number + 1), batch=f"b{number}")
    for number, wait_ms in enumerate(after_ms):
        ledger.saw(10.0 * (number + 1) + wait_ms / 1000, DatabaseKilled(fault="killed"))
    return ledger


CASES = cases(
    "killed_after_commit",
    {"within_ms": 50, "kills": 2},
    soon=(lambda: killed(3, 12), PASS, "killed 3.0, 12.0 ms after a commit"),
    at_once=(lambda: killed(0, 12), PASS, "killed 0.0, 12.0 ms"),
    at_the_bound=(lambda: killed(12, 50), PASS),
    only_before_any_commit=(lambda: killed(-1000), UNKNOWN, "killed never ms"),
    once_late=(lambda: killed(3, 120), UNKNOWN, "2 kills within 50 ms wanted"),
    once=(lambda: killed(3), UNKNOWN),
    before_any_commit=(lambda: killed(-1000, 3), UNKNOWN),
    not_killed=(killed, UNKNOWN, "was not killed"),
    nothing_committed=(lambda: killed(3, commits=0), UNKNOWN),
)
CASES += cases(
    "killed_after_commit",
    {"within_ms": 50, "kills": 0},
    one_where_none_was_planned=(lambda: killed(3), PASS),
    late_where_none_was_planned=(lambda: killed(120), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
