"""Verdicts and checks: passed to failed first, and what both measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.compare.findings import change_of
from reports.verdict.verdict import Verdict
from tests.reports.compared import StoredCell, compared, visits
from tests.reports.suites import HALF

P, F, U, N = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_RUN


@pytest.mark.parametrize(
    ("a", "b", "change"),
    [
        (P, P, ""),
        (U, N, ""),
        (P, F, "worse"),
        (U, F, "decided"),
        (P, U, "undecided"),
        (F, N, "undecided"),
        (F, P, "better"),
        (U, P, "decided"),
    ],
)
def test_what_a_change_means(a: Verdict, b: Verdict, change: str) -> None:
    assert change_of(a, b) == change


def test_a_failure_that_was_expected() -> None:
    assert change_of(P, F, is_expected=True) == "as expected"
    assert change_of(F, F, is_expected=True) == ""


def test_a_check_that_fails_now_comes_first_with_both_sentences(tmp_path: Path) -> None:
    found = compared(tmp_path, visits(0), visits(2))
    [verdict] = found.verdicts
    assert (verdict.change, verdict.a, verdict.b) == ("worse", "pass", "fail")
    assert verdict.b_reason.startswith("nothing_lost")
    first = found.findings[0]
    assert (first.check, first.change, first.a, first.b) == (
        "nothing_lost",
        "worse",
        "pass",
        "fail",
    )
    assert (first.a_measured, first.b_measured, first.b_target) == (0.0, 2.0, 0.0)
    assert first.b_summary
    changes = [one.change for one in found.findings]
    assert changes == sorted(changes, key=lambda change: change == "")


def test_a_cell_that_fails_as_it_was_known_to_is_not_worse(tmp_path: Path) -> None:
    found = compared(tmp_path, visits(0, expected=HALF), visits(10, expected=HALF))
    assert [one.change for one in found.verdicts] == ["as expected"]
    assert {one.change for one in found.findings if one.change} == {"as expected"}


def test_of_other_seeds_the_worst_is_compared(tmp_path: Path) -> None:
    a = visits(0, 0)
    b = [StoredCell(ledger=one.ledger, seed=one.seed + 5) for one in visits(0, 1, 0)]
    [verdict] = compared(tmp_path, a, b).verdicts
    assert (verdict.seeds, verdict.change) == ("1–2 against 6–8", "worse")


def test_a_cell_without_a_result_is_undecided(tmp_path: Path) -> None:
    found = compared(tmp_path, visits(0), [StoredCell()])
    assert [one.change for one in found.verdicts] == ["undecided"]
    assert found.findings == ()
