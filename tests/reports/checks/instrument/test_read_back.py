"""Reads of the table that were of another one."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.database import (
    ROW_SECURITY,
    DatabaseSetting,
    Final,
    OtherOwnRow,
    OwnRowWritten,
    OwnShapes,
    OwnTime,
    Relations,
    RoadmapQuery,
    RoadmapQueryRow,
)
from harness.ledger.kinds.network import Quiet, Unquiet
from reports.judging.judge import judge_run
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import without_rows
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    HandWritten,
    altered,
    healthy,
    own_row_written,
    without,
)
from tests.reports.suites import ALL


def named(*names: str) -> HandWritten:
    return own_row_written(healthy()).saw(0.5, Relations(rows=len(names), names=names))


def shared() -> HandWritten:
    return own_row_written(healthy()).saw(3.0, OtherOwnRow(user="own-2", artwork="own-row"))


def of_another_table() -> HandWritten:
    """The final read is of an empty table of the same name in another schema."""
    return without_rows(own_row_written(healthy()), own_rows=0)


def outdated() -> HandWritten:
    """The final read is of the table as it was before the last rows came."""
    ledger = without_rows(own_row_written(healthy()), own_rows=1)
    altered(ledger, Final, lambda row: {"last_own_rows": 0})
    return ledger.saw(8.9, OwnRowWritten(user="own-last", artwork="own-row", relation="public.t"))


def queried(*twice: str, rows: int = 2) -> HandWritten:
    """Both impressions have a row; the roadmap's query names these."""
    ledger = without(healthy(), Quiet).saw(9.0, Quiet(rows=rows, why="counted"))
    for artwork in twice:
        ledger.saw(9.1, RoadmapQueryRow(user="ann", artwork=artwork, copies=2))
    return ledger.saw(9.1, RoadmapQuery(rows=len(twice)))


def counted(rows: int) -> HandWritten:
    """The final read found two rows; the database itself counted these."""
    ledger = queried()
    altered(ledger, Final, lambda row: {"counted": rows})
    return ledger


def shapes(*, read: int, kept: int) -> HandWritten:
    """Of ten ids of the harness's own the table holds ``kept``, and the final read shows these."""
    row = OwnShapes(rows=read, written=10, kept=kept, changed=("own-CASE-A",))
    return own_row_written(healthy()).saw(9.0, row)


def viewed(*, off_us: int) -> HandWritten:
    """The final read returns the time of the harness's own row, ``off_us`` microseconds off."""
    stored_ns = 1_700_000_000_000_000_000
    row = OwnTime(read_wall_ns=stored_ns + 1000 * off_us, stored_wall_ns=stored_ns)
    return own_row_written(healthy()).saw(9.0, row)


def secured(value: str) -> HandWritten:
    """Whether policies of the table choose what the harness reads, as the catalogue has it."""
    return own_row_written(healthy()).saw(0.4, DatabaseSetting(name=ROW_SECURITY, value=value))


AGREE = cases(
    "last_reads_agree",
    {},
    agree=(queried, PASS, "the reads of 2 rows agree"),
    another_number_never_at_rest=(
        lambda: without(queried(), Quiet).saw(9.0, Unquiet(rows=3, why="a page has a queue")),
        UNKNOWN,
        "found 2 rows, 3 were noted",
    ),
    another_number_at_rest=(lambda: queried(rows=3), UNKNOWN, "found 2 rows, 3 were noted"),
    one_that_the_final_read_has_once=(lambda: queried("a"), UNKNOWN, "roadmap's query 1"),
    both_find_it_doubled=(
        lambda: without(queried("a"), Quiet).final(9.05, a=2).saw(9.1, Quiet(rows=2, why="")),
        PASS,
    ),
    no_other_read=(lambda: without(healthy(), Quiet), UNKNOWN),
    as_many_as_the_database_counts=(lambda: counted(2), PASS),
    fewer_than_the_database_counts=(lambda: counted(3), UNKNOWN, "2 rows, the database counted 3"),
)

CASES = [
    *AGREE,
    *cases(
        "table_read_back",
        {},
        every_read_found_it=(lambda: own_row_written(healthy()), PASS, "all 2 reads found"),
        one_relation=(lambda: named("public.seen"), PASS),
        another_table=(of_another_table, UNKNOWN, "1 of 2 reads were of another table"),
        an_earlier_state=(outdated, UNKNOWN, "an earlier state of the table"),
        two_of_the_name=(
            lambda: named("other.seen", "public.seen"),
            UNKNOWN,
            "2 relations have the table's name: other.seen, public.seen",
        ),
        dropped=(lambda: named(), UNKNOWN, "none is left"),
        shared_with_another_harness=(shared, UNKNOWN, "own-2 of another harness"),
        no_row_of_its_own=(healthy, UNKNOWN),
        every_id_came_back=(lambda: shapes(read=10, kept=10), PASS),
        ids_changed_by_the_read=(
            lambda: shapes(read=8, kept=10),
            UNKNOWN,
            "the final read changes what it reads: it returned 8 of 10 ids",
        ),
        no_policy=(lambda: secured("off"), PASS),
        policies_choose=(lambda: secured("on"), UNKNOWN, "row-level security chooses"),
        its_time_came_back=(lambda: viewed(off_us=1), PASS),
        its_time_two_hours_later=(
            lambda: viewed(off_us=7_200_000_000),
            UNKNOWN,
            "a time of the harness's own +7200.000000 s off what the table holds",
        ),
        its_time_a_little_earlier=(lambda: viewed(off_us=-2), UNKNOWN, "-0.000002 s off"),
        ids_changed_by_the_table=(lambda: shapes(read=8, kept=8), PASS),
    ),
]

NEVER_FAILS = {
    "last_reads_agree": "reads that differ say nothing about the target",
    "table_read_back": "a read of another table says nothing about the target",
}

test_each_case = every_case_holds(CASES)


def test_a_read_of_another_table_accuses_no_target(tmp_path: Path) -> None:
    ledger = of_another_table()
    ledger.checks = ALL
    cell = judge_run(ledger.write(tmp_path)).cell
    assert cell.verdict is UNKNOWN
    assert cell.fates == {}
    assert "fail" not in {finding.verdict.value for finding in cell.findings}
    assert any("1 of 2 reads were of another table" in one.summary for one in cell.findings)


def test_neither_does_one_of_an_earlier_state_of_the_table(tmp_path: Path) -> None:
    """Polls saw the rows that it does not show: they did not vanish."""
    ledger = outdated()
    ledger.checks = ALL
    cell = judge_run(ledger.write(tmp_path)).cell
    assert cell.verdict is UNKNOWN
    assert cell.fates == {}
    assert "fail" not in {finding.verdict.value for finding in cell.findings}


def test_neither_does_a_table_whose_name_another_has(tmp_path: Path) -> None:
    ledger = without_rows(named("other.seen", "public.seen"))
    ledger.checks = ALL
    assert judge_run(ledger.write(tmp_path)).cell.verdict is UNKNOWN


def test_a_read_that_changes_ids_or_leaves_out_rows_accuses_no_target(tmp_path: Path) -> None:
    for number, damaged in enumerate(
        (shapes(read=8, kept=10), counted(3), secured("on"), viewed(off_us=1000))
    ):
        ledger = without_rows(damaged)
        ledger.checks = ALL
        cell = judge_run(ledger.write(tmp_path / str(number))).cell
        assert "fail" not in {finding.verdict.value for finding in cell.findings}
        assert cell.verdict is UNKNOWN
