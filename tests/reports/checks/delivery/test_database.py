"""What the database itself says."""

from __future__ import annotations

from harness.ledger.kinds.database import (
    LogSentinel,
    OwnRowUnseen,
    OwnShapes,
    RoadmapQuery,
    RoadmapQueryRow,
    Violations,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import without_rows
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    healthy,
    lived,
    own_row_written,
)


def queried(ledger: HandWritten, found: int) -> HandWritten:
    for number in range(found):
        row = {"user": "ann", "artwork": f"x{number}", "copies": 2}
        ledger.saw(9.1, RoadmapQueryRow(**row))
    return ledger.saw(9.1, RoadmapQuery(rows=found))


SQL = cases(
    "roadmap_sql",
    {},
    none=(lambda: queried(healthy(), 0), PASS),
    some=(lambda: queried(healthy(), 2), FAIL),
    not_asked=(healthy, UNKNOWN),
    asked_without_a_final_read=(lambda: queried(lived(), 0), UNKNOWN),
    an_empty_table=(lambda: queried(lived().final(9.0), 0), UNKNOWN),
    the_last_answer_counts=(lambda: queried(queried(healthy(), 0), 1), FAIL),
)


def logged(ledger: HandWritten, *counts: int, ours: dict[float, int] | None = None) -> HandWritten:
    """``ours``: when a constraint was violated on purpose → whether the log shows it."""
    for seconds, shown in ({0.1: 1, 9.0: 1} if ours is None else ours).items():
        ledger.saw(seconds, LogSentinel(is_logged=shown))
    for number, count in enumerate(counts):
        ledger.saw(9.0 + number / 10, Violations(count=count))
    return ledger


VIOLATIONS = cases(
    "no_violations",
    {},
    none=(lambda: logged(healthy(), 0), PASS),
    some=(lambda: logged(healthy(), 3), FAIL),
    there_is_no_log=(healthy, UNKNOWN),
    nothing_was_written=(lambda: logged(lived(), 0), UNKNOWN),
    an_earlier_read_saw_more=(lambda: logged(healthy(), 1, 0), FAIL),
    none_was_made_on_purpose=(lambda: logged(healthy(), 0, ours={}), UNKNOWN),
    the_log_shows_neither=(lambda: logged(healthy(), 0, ours={0.1: 0, 9.0: 0}), UNKNOWN),
    the_log_was_cut_off=(lambda: logged(healthy(), 0, ours={0.1: 0, 9.0: 1}), UNKNOWN),
    the_log_ended_early=(lambda: logged(healthy(), 0, ours={0.1: 1}), UNKNOWN),
    the_log_began_late=(lambda: logged(healthy(), 0, ours={9.0: 1}), UNKNOWN),
    the_log_began_with_the_first_commit=(
        lambda: logged(healthy(), 0, ours={1.1: 1, 9.0: 1}),
        UNKNOWN,
    ),
    the_log_ended_with_the_last_commit=(
        lambda: logged(healthy(), 0, ours={0.1: 1, 1.1: 1}),
        UNKNOWN,
    ),
    a_violation_counts_though_none_was_made=(lambda: logged(healthy(), 1, ours={}), FAIL),
)


def deleted(*, is_kept: bool) -> HandWritten:
    """The final read does not find the harness's own row."""
    ledger = without_rows(own_row_written(healthy()), own_rows=0)
    return ledger.saw(9.0, OwnRowUnseen(user="own", artwork="own-row", is_kept=is_kept))


def doubled() -> HandWritten:
    return own_row_written(healthy()).final(9.1, own_rows=2, a=1, b=1)


def ids_written(*, kept: int) -> HandWritten:
    """Of ten ids of every likeness the table holds so few, and the final read shows those."""
    row = OwnShapes(rows=kept, written=10, kept=kept, changed=("own-CASE-A",) * (kept < 10))
    return own_row_written(healthy()).saw(9.0, row)


OWN = cases(
    "own_row_kept",
    {},
    it_stays=(lambda: own_row_written(healthy()), PASS, "there, once, in 2 reads"),
    deleted=(lambda: deleted(is_kept=False), FAIL, "1 of 2 reads found that"),
    doubled=(doubled, FAIL, "there 2 times"),
    another_table_was_read=(lambda: deleted(is_kept=True), PASS),
    none_was_written=(healthy, UNKNOWN),
    ids_stay=(lambda: ids_written(kept=10), PASS),
    ids_changed_by_the_table=(lambda: ids_written(kept=8), FAIL, "8 of 10 ids"),
)


CASES = [*OWN, *SQL, *VIOLATIONS]

test_each_case = every_case_holds(CASES)
