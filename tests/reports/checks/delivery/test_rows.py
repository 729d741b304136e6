"""Every impression stored exactly once, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    duplicate_stored,
    lost_acked,
    lost_unacked,
    phantom,
    shown_only,
    undelivered,
    vanished,
    viewed_too_early,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
)


def clock_moved(ledger: HandWritten) -> HandWritten:
    """Let the first row of the database witness have a wall clock that is 6 ms ahead."""
    moved, row = ledger.rows["database"][0]
    ledger.rows["database"][0] = moved._replace(wall_ns=moved.wall_ns + 6_000_000), row
    return ledger


CASES = [
    *cases(
        "nothing_lost",
        {},
        all_stored=(healthy, PASS),
        acknowledged=(lost_acked, FAIL),
        not_acknowledged=(lost_unacked, FAIL),
        seen_and_gone=(vanished, FAIL),
        still_queued=(undelivered, FAIL),
        no_final_read=(shown_only, UNKNOWN),
        nothing_shown=(HandWritten, UNKNOWN),
    ),
    *cases(
        "nothing_twice",
        {},
        once_each=(healthy, PASS),
        two_rows=(duplicate_stored, FAIL),
        no_final_read=(shown_only, UNKNOWN),
        no_row=(lambda: HandWritten().shown("a", 1.0).final(9.0), UNKNOWN),
    ),
    *cases(
        "nothing_unshown",
        {},
        all_shown=(healthy, PASS),
        never_shown=(phantom, FAIL),
        no_final_read=(shown_only, UNKNOWN),
    ),
    *cases(
        "nothing_corrupt",
        {},
        in_time=(healthy, PASS),
        viewed_too_early=(viewed_too_early, FAIL),
        the_clock_moved=(lambda: clock_moved(viewed_too_early()), UNKNOWN, "apart by 6.0 ms"),
        no_final_read=(shown_only, UNKNOWN),
    ),
]


test_each_case = every_case_holds(CASES)


def test_examples_name_the_offenders(tmp_path: Path) -> None:
    assert find("nothing_lost", lost_acked(), tmp_path).examples == ("ann/b",)
