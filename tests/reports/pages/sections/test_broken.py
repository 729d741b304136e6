"""What broke: groups by check and by where to look, the worst first, expected failures aside."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reports.checks import CHECKS
from reports.evidence.fates import FATE_MEANINGS, HARMLESS_FATES
from reports.pages.sections.broken import what_broke
from reports.verdict.verdict import Cell, Finding, Verdict
from tests.reports.report_samples import expected_failure, missing, passing, undecided


def cell(
    seed: int,
    *findings: tuple[str, Verdict],
    fates: dict[str, int] | None = None,
    scenario: str = "first_visit",
) -> Cell:
    found = tuple(
        Finding(check=check, verdict=verdict, summary=f"{check} says so", examples=(f"u/{seed}",))
        for check, verdict in findings
    )
    verdict = Verdict.FAIL if any(f.verdict is Verdict.FAIL for f in found) else Verdict.UNKNOWN
    return Cell(
        scenario=scenario,
        arm="preset=durable",
        seed=seed,
        verdict=verdict,
        reason="why",
        findings=found,
        fates=fates or {},
        run=f"cells/{seed}",
    )


FAIL, UNKNOWN = Verdict.FAIL, Verdict.UNKNOWN


def test_cells_that_one_check_failed_are_one_group() -> None:
    lost = {"lost_acked": 3}
    found = what_broke(
        [
            passing(),
            cell(1, ("nothing_lost", FAIL), fates=lost),
            cell(2, ("nothing_lost", FAIL), ("nothing_twice", FAIL), fates=lost),
        ]
    )
    assert [(b.check, b.number, b.example) for b in found] == [("nothing_lost", 2, "u/1")]
    assert "a success was answered" in found[0].look


def test_fates_that_point_elsewhere_are_groups_of_their_own() -> None:
    found = what_broke(
        [
            cell(1, ("nothing_lost", FAIL), fates={"lost_acked": 1}),
            cell(2, ("nothing_lost", FAIL), fates={"lost_unacked": 1, "recovered": 9}),
            cell(3, ("nothing_lost", FAIL), fates={"lost_unacked": 2}),
        ]
    )
    assert [b.number for b in found] == [2, 1], "most cells first"
    assert found[0].look.startswith("the way to the server")
    assert found[1].look.startswith("the server and the database")


def test_failures_come_before_what_is_undecided_however_much_that_is() -> None:
    found = what_broke(
        [
            cell(1, ("final_read_whole", UNKNOWN)),
            cell(2, ("final_read_whole", UNKNOWN)),
            cell(3, ("no_retries", FAIL)),
        ]
    )
    assert [b.verdict for b in found] == [FAIL, UNKNOWN]
    assert found[1].look.startswith("the evidence"), "nothing accuses the system"


def test_an_undecided_finding_of_a_failed_cell_does_not_name_it() -> None:
    found = what_broke([cell(1, ("clocks_agree", UNKNOWN), ("nothing_twice", FAIL))])
    assert [b.check for b in found] == ["nothing_twice"]


def test_expected_failures_passes_and_cells_that_did_not_run_are_not_named() -> None:
    assert what_broke([passing(), expected_failure(), missing()]) == []
    assert [b.verdict for b in what_broke([undecided()])] == [UNKNOWN]


def test_a_cell_without_findings_is_named_with_its_reason() -> None:
    (broken,) = what_broke([replace(cell(1), verdict=FAIL)])
    assert (broken.check, broken.sentence, broken.example) == ("", "why", "")


def test_how_many_cells_the_check_judged_leaves_out_those_it_was_not_asked_in() -> None:
    not_asked = Finding(check="nothing_twice", verdict=Verdict.NOT_RUN, summary="unsupported")
    (broken,) = what_broke(
        [
            cell(1, ("nothing_twice", FAIL)),
            passing(findings=(Finding(check="nothing_twice", verdict=Verdict.PASS, summary=""),)),
            passing(findings=(not_asked,)),
        ]
    )
    assert (broken.number, broken.judged) == (1, 2)


def test_many_cells_are_counted_and_the_first_are_named() -> None:
    (broken,) = what_broke([cell(seed, ("nothing_twice", FAIL)) for seed in range(40)])
    assert (len(broken.cells), broken.others, broken.number) == (6, 34, 40)


@pytest.mark.parametrize("fate", sorted(set(FATE_MEANINGS) - HARMLESS_FATES))
def test_every_harmful_fate_says_where_to_look(fate: str) -> None:
    (broken,) = what_broke([cell(1, ("nothing_lost", FAIL), fates={fate: 1})])
    (other,) = what_broke([cell(1, ("nothing_lost", FAIL))])
    assert broken.look != other.look


@pytest.mark.parametrize("check", sorted(n for n, c in CHECKS.items() if not c.instrument))
def test_every_check_says_where_to_look(check: str) -> None:
    (broken,) = what_broke([cell(1, (check, FAIL))])
    assert broken.look
    (stranger,) = what_broke([cell(1, ("a_check_of_another_version", FAIL))])
    assert stranger.look == "what this check compares" != broken.look
