"""What CI systems show of a cell, in any format."""

from __future__ import annotations

from msgspec.structs import replace

from reports.pages.attachments import Exhibit
from reports.pages.ci import cases
from reports.pages.ci.cases import Beside
from reports.verdict.roadmap_columns import BrowserSeen
from reports.verdict.verdict import Finding, Verdict
from tests.reports.report_samples import (
    expected_failure,
    failing,
    missing,
    never_executed,
    passing,
    suite_of,
    undecided,
    unsupported,
)

BESIDE = Beside(runs_at="runs/s")


def test_a_failed_check_comes_before_an_undecided_one() -> None:
    finding = Finding(check="aaa", verdict=Verdict.UNKNOWN, summary="x", examples=("ann/artwork",))
    cell = failing()
    cell = replace(cell, findings=(finding, *cell.findings))
    assert "visitor-0001/artwork-0021" in cases.see_command(cell, BESIDE)
    assert cases.details(cell, BESIDE)[0].startswith("✗ nothing_lost")


def test_a_check_that_the_target_gives_no_evidence_for_is_in_the_details() -> None:
    finding = Finding(check="receipts", verdict=Verdict.NOT_RUN, summary="no receipts")
    cell = replace(undecided(), findings=(finding,))
    assert cases.details(cell, BESIDE) == ["· receipts: no receipts"]
    assert "checks" not in cases.properties(cell, BESIDE)


def test_an_expected_failure_shows_no_command_as_if_it_were_news() -> None:
    assert cases.headline(expected_failure(), BESIDE) == (
        "failed as expected: nothing_lost: 3 of 40 shown impressions have no row: 3 lost_unacked"
    )


def test_properties_are_at_most_eight_and_hold_the_browser() -> None:
    seen = BrowserSeen(
        name="chromium", product="Chromium", version="150.0.1", platform="Linux", kind="stock"
    )
    cell = replace(failing(), browser=seen, matrix="browsers")
    beside = replace_beside(reproduce={cell.name: "harness run x"})
    found = cases.properties(cell, beside)
    assert found["browser"] == "Chromium 150 · Linux"
    assert len(found) == 7


def replace_beside(**changes: object) -> Beside:
    return Beside(**({"runs_at": "runs/s"} | changes))  # type: ignore[arg-type]


def test_at_most_five_files_are_attached() -> None:
    cell = failing()
    files = [Exhibit(name=f"{n}.txt", href="", size="1 kB", what="") for n in range(9)]
    beside = replace_beside(exhibits={cell.name: files})
    assert [one.name for one in cases.attachments(cell, beside)] == [f"{n}.txt" for n in range(5)]


def test_only_a_suite_that_is_not_green_and_shows_no_red_needs_a_case_of_its_own() -> None:
    assert not cases.needs_own_case(suite_of(passing(), missing()))
    assert not cases.needs_own_case(suite_of(passing(), failing()))
    assert not cases.needs_own_case(suite_of(passing(), never_executed()))
    assert cases.needs_own_case(suite_of(missing(), unsupported()))
    assert cases.needs_own_case(suite_of(expected_failure()))
    assert cases.needs_own_case(suite_of(passing(), interrupted=True))
